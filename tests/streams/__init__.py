"""Tests of the streams: frames, subscriptions, breaks, delivery, and the connection that is kept up."""
