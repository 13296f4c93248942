"""The changes that a mutation may make: one node of a syntax tree, and the text to put in its place.

Left alone: docstrings, annotations, imports, decorators, ``TYPE_CHECKING`` blocks, ``__repr__``,
logging, and the texts of messages. A change of those is not a change of behavior.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

_COMPARED: Mapping[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_CALCULATED: Mapping[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.Div: ast.Mult(),
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LOGGERS = {"_log", "log", "_logger", "logger", "logging"}

Item = TypeVar("Item")

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign


class Change(NamedTuple):
    """Put ``after`` in the place of ``node``.

    ``function``: dotted, classes included; empty at the top of the module.
    ``before``: the text of the node, or as much of it as tells the change from others.
    """

    function: str
    node: ast.expr | ast.stmt
    before: str
    after: str


def changes(tree: ast.Module) -> Iterator[Change]:
    """Yield every change, in the order of the tree."""
    for function, bound, node in _visited(tree, "", Counter()):
        if isinstance(node, ast.stmt):
            for before, after in _of_statement(node, function, bound):
                yield Change(function, node, before, after)
        else:
            for other in _of_expression(node):
                yield Change(function, node, ast.unparse(node), ast.unparse(other))
        for test in _tests(node):
            negated = ast.UnaryOp(ast.Not(), test)
            yield Change(function, test, ast.unparse(test), ast.unparse(negated))


def _visited(
    node: ast.AST, function: str, bound: Counter[str]
) -> Iterator[tuple[str, Counter[str], ast.expr | ast.stmt]]:
    """Yield all that may be changed below a node, with its function and the names bound there."""
    for child in _changeable(node):
        within, names = function, bound
        if isinstance(child, _Function | ast.ClassDef):
            within = f"{function}.{child.name}".lstrip(".")
            names = _bound_in(child) if isinstance(child, _Function) else Counter()
        if isinstance(child, ast.expr | ast.stmt):
            yield within, names, child
        yield from _visited(child, within, names)


def _changeable(node: ast.AST) -> Iterator[ast.AST]:
    children: list[ast.AST]
    match node:
        case ast.FunctionDef(name="__repr__"):
            children = []
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            by_name = [default for default in node.args.kw_defaults if default is not None]
            children = [*node.args.defaults, *by_name, *node.body]
        case ast.ClassDef():
            children = [*node.body]
        case ast.AnnAssign():
            children = [] if node.value is None else [node.value]
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            children = [*node.orelse]
        case _:
            children = [*ast.iter_child_nodes(node)]
    return (child for child in children if not _is_for_people(child))


def _is_for_people(node: ast.AST) -> bool:
    """Whether a node logs, or is a docstring or (part of) a message."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(name)))):
            return name in _LOGGERS
        case ast.Expr(value) | ast.Call(ast.Attribute(value)):
            return _is_for_people(value)
        case ast.BinOp(left, _, right):
            return _is_for_people(left) or _is_for_people(right)
        case ast.IfExp(_, left, right):
            return _is_for_people(left) or _is_for_people(right)
        case _:
            return False


def _bound_in(function: _Function) -> Counter[str]:
    """Count how often each name is bound in a function."""
    nodes = [*ast.walk(function)]
    arguments = [node.arg for node in nodes if isinstance(node, ast.arg)]
    return Counter([*arguments, *(name for node in nodes for name in _stored(node))])


def _stored(node: ast.AST) -> list[str]:
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


def _of_statement(node: ast.stmt, function: str, bound: Counter[str]) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Return(ast.expr() as value) if not _is_none_or_false(value):
            yield ast.unparse(node), "return None"
        case ast.Raise() | ast.Expr(ast.Call() | ast.Await(ast.Call())):
            yield ast.unparse(node), "pass"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() if _may_be_missing(node, function, bound):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield f"{', '.join(map(ast.unparse, targets))} = ...", "pass"
        case _:
            pass
    if isinstance(node, ast.AugAssign) and type(node.op) in _CALCULATED:
        other = ast.AugAssign(node.target, _CALCULATED[type(node.op)], node.value)
        yield ast.unparse(node), ast.unparse(other)


def _may_be_missing(node: _Assignment, function: str, bound: Counter[str]) -> bool:
    """Whether the program can go on without: it cannot if nothing else binds the name."""
    if not bound or function.endswith("__init__") or node.value is None:
        return False
    return all(bound[name] > 1 for below in ast.walk(node) for name in _stored(below))


def _of_expression(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, operators, compared):
            for index, operator in enumerate(operators):
                yield ast.Compare(left, _with(operators, index, _COMPARED[type(operator)]), compared)
            for index, right in enumerate(compared):
                for other in _other_text(right):
                    yield ast.Compare(left, operators, _with(compared, index, other))
        case ast.BoolOp(operator, operands):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), operands)
            for index in range(len(operands)):
                others = operands[:index] + operands[index + 1 :]
                yield others[0] if len(others) == 1 else ast.BoolOp(operator, others)
        case ast.BinOp(left, operator, right) if type(operator) in _CALCULATED:
            yield ast.BinOp(left, _CALCULATED[type(operator)], right)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Constant(value):
            yield from map(ast.Constant, _neighbours(value))
        case ast.Call(ast.Name(name), arguments, keywords) if name in _CALLED:
            yield ast.Call(ast.Name(_CALLED[name]), arguments, keywords)
        case ast.Call(ast.Attribute(ast.Name("asyncio"), "timeout") as timeout, [_]):
            yield ast.Call(timeout, [ast.Constant(None)], [])
        case ast.Dict(keys, values):
            for index, key in enumerate(keys):
                for other in _other_text(key):
                    yield ast.Dict(_with(keys, index, other), values)
        case _:
            pass


def _with(items: list[Item], index: int, other: Item) -> list[Item]:
    return [*items[:index], other, *items[index + 1 :]]


def _other_text(node: ast.expr | None) -> list[ast.expr]:
    match node:
        case ast.Constant(str(text)):
            return [ast.Constant(f"{text}_")]
        case _:
            return []


def _neighbours(value: object) -> Sequence[bool | float | bytes]:
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value + 1, value - 1]
        case bytes():
            return [value + b"_"]
        case _:
            return []


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the conditions in a node whose negation is not also made by another change."""
    tests: list[ast.expr] = []
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            tests = [test]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            tests = [test for part in node.generators for test in part.ifs]
        case _:
            pass
    for test in tests:
        match test:
            case ast.Constant() | ast.UnaryOp(ast.Not()) | ast.Name("TYPE_CHECKING"):
                pass
            case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
                pass
            case _:
                yield test


def _is_none_or_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, False)
