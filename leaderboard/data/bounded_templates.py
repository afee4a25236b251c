"""A Jinja sandbox with limits on time and memory.

Jinja's own sandbox protects the interpreter, but permits `{{ 9 ** (9 ** 9) }}`, nested loops, recursive macros, and
`'a' | center(10 ** 9)`. Here every operation of a template is a step, and the numbers of steps, characters and seconds
are limited; operations with a large result are checked before they run. Rendered texts are the same as Jinja's.
"""

import functools
import types
from collections.abc import Iterator, Mapping
from typing import Any, cast

from jinja2 import Template, TemplateSyntaxError, nodes, pass_context
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.tests import TESTS as JINJA_TESTS
from jinja2.utils import _PassArg
from jinja2.visitor import NodeTransformer

from leaderboard.data.template_budget import (
    LONGEST_TEMPLATE,
    check_filter,
    check_method,
    check_operation,
    check_pairs,
    check_size,
    check_specification,
    check_text,
    counted,
    metered,
    sized,
    step,
    within_budget,
)
from leaderboard.data.template_vocabulary import FILTERS, TESTS, check_plain

DEEPEST = 100
"""Maximum nesting of expressions and statements."""
_KEPT = 256
"""Number of compiled templates in the cache."""
_TURNS, _CHARGED, _JOINED, _SIZED, _COUNTED = "_turns", "_charged", "_joined", "_sized", "_counted"


class _BoundedTemplate(Template):
    """A template that is rendered within the limits."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        with within_budget():
            return super().render(*args, **kwargs)

    def generate(self, *args: Any, **kwargs: Any) -> Iterator[str]:
        with within_budget():
            yield from super().generate(*args, **kwargs)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with the options of Jinja's sandbox."""

    template_class = _BoundedTemplate
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("finalize", check_text)
        super().__init__(*args, **kwargs)
        self.globals.pop("lipsum", None)
        self.filters = _Filters(self.filters)
        dict.update(self.filters, {_TURNS: _Counted, _CHARGED: _charge, _JOINED: check_text, _SIZED: sized})
        dict.update(self.filters, {_COUNTED: counted})
        self.tests = {name: _counted_test(self.tests[name]) for name in TESTS}
        self._compiled: functools._lru_cache_wrapper[Template] = functools.lru_cache(_KEPT)(super().from_string)

    def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> Template:  # noqa: A002
        """Compile a template; the same text is compiled once.

        Raises:
            TemplateSyntaxError: also for what Python cannot compile, or beyond a limit.
        """
        try:
            with within_budget():
                if isinstance(source, str) and globals is None and template_class is None:
                    return self._compiled(source)
                return super().from_string(source, globals, template_class)
        except (ArithmeticError, MemoryError, RecursionError, SyntaxError, ValueError) as error:
            raise TemplateSyntaxError(f"cannot be compiled: {type(error).__name__}: {str(error)[:200]}", 1) from None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_TEMPLATE:
            raise TemplateSyntaxError(f"longer than {LONGEST_TEMPLATE:,} characters", 1)
        tree = super()._parse(source, name, filename)
        _check_depth(tree)
        return cast("nodes.Template", _Instrument(self.filters, self.tests).visit(tree))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Evaluate an operation whose result may be much larger than its operands."""
        step()
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 - Jinja's signature
        """Call a function, method or macro, or a recursive loop."""
        step()
        if isinstance(__obj, LoopContext) and args:
            args = (_Counted(args[0]), *args[1:])
        if isinstance(__obj, types.BuiltinMethodType | types.MethodType):
            check_method(__obj.__self__, __obj.__name__, (*args, *kwargs.values()))
        if __obj is dict:
            check_pairs(args)
        result = super().call(__context, __obj, *args, **kwargs)
        return check_size(result)

    def wrap_str_format(self, value: Any) -> Any:
        """Wrap `str.format` with limits on padding."""
        if super().wrap_str_format(value) is None:
            return None
        template: str = value.__self__
        mapping = value.__name__ == "format_map"

        def fill(*args: Any, **kwargs: Any) -> str:
            values = args[0] if mapping else kwargs
            return str(check_size(_BoundedFormatter(self).vformat(str(template), () if mapping else args, values)))

        return fill


class _BoundedFormatter(SandboxedFormatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        check_specification(format_spec)
        return str(check_text(super().format_field(check_text(value), format_spec)))

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return super().convert_field(check_plain(value), conversion)


class _Filters(dict[str, Any]):
    """The allowed filters by name; each call is a step, with limits on the size of values."""

    def __init__(self, filters: Mapping[str, Any]) -> None:
        super().__init__()
        for name in FILTERS:
            self[name] = filters[name]

    def __setitem__(self, name: str, function: Any) -> None:
        super().__setitem__(name, _bounded(name, function))


def _bounded(name: str, function: Any) -> Any:
    """Wrap a filter with limits; it takes the context, so that constants are not evaluated during compilation."""

    @functools.wraps(function)
    def call(context: Context, *args: Any, **kwargs: Any) -> Any:
        step()
        values = [metered(each, name, place) for place, each in enumerate(args)]
        options = {key: metered(each, name, len(args)) for key, each in kwargs.items()}
        check_filter(name, values, options)
        return check_size(function(*_passed(function, context), *values, **options))

    return pass_context(call)


def _counted_test(function: Any) -> Any:
    @functools.wraps(function)
    def call(context: Context, *args: Any, **kwargs: Any) -> Any:
        step()
        return function(*_passed(function, context), *args, **kwargs)

    return pass_context(call)


def _passed(function: Any, context: Context) -> tuple[Any, ...]:
    """Return what a filter or test takes before its values."""
    match getattr(function, "jinja_pass_arg", None):
        case _PassArg.context:
            return (context,)
        case _PassArg.eval_context:
            return (context.eval_ctx,)
        case _PassArg.environment:
            return (context.environment,)
    return ()


class _Counted:
    """An iterable of a loop that counts a step for each item."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __iter__(self) -> Iterator[Any]:
        for value in self.values:
            step()
            yield check_size(value)

    def __len__(self) -> int:
        return len(self.values)


@pass_context  # so that it is not computed once, when the template is compiled
def _charge(_context: Context, characters: int) -> None:
    """Count the text that the body of a loop or macro outputs each time."""
    step(characters=characters)


class _Instrument(NodeTransformer):
    """Inserts the limits into the syntax tree of a template."""

    def __init__(self, filters: Mapping[str, Any], tests: Mapping[str, Any]) -> None:
        self._filters = filters
        self._tests = tests

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja's name
        node.iter = _filter(node.iter, _TURNS)
        return self._charged(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._charged(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._charged(node)

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._charged(node)

    def _charged(self, node: Any) -> nodes.Node:
        """Insert the cost of its text at the beginning of the body of a node."""
        self.generic_visit(node)
        texts = [data for each in node.body for data in [each, *each.find_all(nodes.TemplateData)]]
        characters = sum(len(each.data) for each in texts if isinstance(each, nodes.TemplateData))
        charge = _filter(nodes.Const(characters), _CHARGED)
        node.body = [nodes.ExprStmt(charge, lineno=node.lineno), *node.body]
        return cast("nodes.Node", node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.nodes = [_filter(each, _JOINED) for each in node.nodes]
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._allowed(node, JINJA_FILTERS, self._filters)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._allowed(node, JINJA_TESTS, self._tests)

    def _allowed(self, node: Any, others: Mapping[str, Any], allowed: Mapping[str, Any]) -> nodes.Node:
        """Refuse a filter or test that is not allowed; an unknown one is reported by Jinja."""
        if node.name in others and node.name not in allowed:
            names = ", ".join(sorted(name for name in allowed if name[0].isalpha()))
            raise TemplateSyntaxError(f"'{node.name}' cannot be used in templates; use one of {names}", node.lineno)
        return self.generic_visit(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - Jinja's name
        return _filter(self.generic_visit(node), _COUNTED)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        return _filter(node, _COUNTED) if node.ctx == "load" else node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._collection(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._collection(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self._collection(node)

    def _collection(self, node: Any) -> nodes.Node:
        """Limit nested collections, which are small but may be huge when printed or compared."""
        self.generic_visit(node)
        if getattr(node, "ctx", "load") != "load":  # names that values are assigned to
            return cast("nodes.Node", node)
        items = [each.value if isinstance(each, nodes.Pair) else each for each in node.items]
        constant = all(isinstance(each, nodes.Const) for each in items)
        return cast("nodes.Node", node if constant else _filter(node, _SIZED))


def _filter(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _check_depth(tree: nodes.Node) -> None:
    """Check that the nesting does not overflow the stack when the template is compiled."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise TemplateSyntaxError(f"more than {DEEPEST} expressions inside one another", level[0].lineno)
