"""The closed language of checks and templates: parse, follow names, evaluate.

`inference` finds types and type errors without values; it is not imported here, because only lint needs it.
"""

from avops.expression.errors import WORDS_HINT, ExpressionError
from avops.expression.expressions import Expression, parse_expression
from avops.expression.nodes import NameUse
from avops.expression.structures import Value, parse_value
from avops.expression.templates import Template, parse_template

__all__ = [
    "WORDS_HINT",
    "Expression",
    "ExpressionError",
    "NameUse",
    "Template",
    "Value",
    "parse_expression",
    "parse_template",
    "parse_value",
]
