"""The asserts of the checks: each failing one tells its message and the two sides of the comparison that it failed by.

pytest's own rewriting explains every part of an expression, takes apart every file statement by statement for it, and spends
more time on that than the checks themselves take. A learner is shown a message and two values, so only `assert` statements
are changed here, and only so far: the sides of a comparison that is the test itself, or stands below its and, or, not, are
kept in variables on the way, and the message, which Python makes of a failing assert only, takes them along. What is compared
how often and in which order stays Python's business, and a passing assert costs two assignments.

The names that are added hold a character that no name in a source file can have.
"""

import ast
import importlib.machinery
import importlib.util
import os

TOLD, LEFT, RIGHT, BY = "@told", "@left", "@right", "@by"
SYMBOLS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
           ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}


class Told(str):
    """The message of an assert, with (operator, left, right) of the comparison that was evaluated last in it, or None. It
    hangs on the error itself, so no other assert's comparison is ever taken for it."""

    __slots__ = ("compared",)


def told(message, compared):
    """What a failing assert is raised with. Lines after the first are set in; a message that is no text is shown as a value."""
    if not isinstance(message, str):
        from _pytest._io.saferepr import saferepr
        message = saferepr(message).replace("\\n", "\n")
    text = Told(message.replace("\n", "\n  "))
    text.compared = compared or None
    return text


class Rewriter:
    """Changes the asserts of one file's tree in place."""

    def __init__(self, source):
        self._source = source
        self._lines = None
        # Of the assert under way: the place of all that is added to it, and whether one of several comparisons was the last.
        self._place = {}
        self._several = False

    def statements(self, body):
        """Asserts are statements, so expressions are not walked at all."""
        for statement in body:
            if type(statement) is ast.Assert:
                self._assert(statement)
                continue
            for field in ("body", "orelse", "finalbody"):
                below = getattr(statement, field, None)
                if below:
                    self.statements(below)
            for field in ("handlers", "cases"):
                for part in getattr(statement, field, ()):
                    self.statements(part.body)

    def _assert(self, statement):
        test = statement.test
        self._place = {"lineno": statement.lineno, "col_offset": statement.col_offset,
                       "end_lineno": statement.end_lineno, "end_col_offset": statement.end_col_offset}
        if type(test) is ast.Compare and len(test.ops) == 1:
            compared = self._tuple(self._constant(SYMBOLS[type(test.ops[0])]))
            self._keep_sides(test)
        elif type(test) in (ast.Compare, ast.BoolOp, ast.UnaryOp):
            begin = self._keep(BY, self._constant(""))
            statement.test = self._make(ast.BoolOp, ast.Or(), [begin, self._marked(test)])
            compared = self._make(ast.BoolOp, ast.And(), [self._load(BY), self._tuple(self._load(BY))])
        else:
            compared = self._constant(None)
        message = self._constant(self._words(test)) if statement.msg is None else statement.msg
        statement.msg = self._make(ast.Call, self._load(TOLD), [message, compared], [])

    def _marked(self, test):
        """The same test, which leaves behind by what operator it compared last."""
        if type(test) is ast.BoolOp:
            test.values = [self._marked(value) for value in test.values]
        elif type(test) is ast.UnaryOp and type(test.op) is ast.Not:
            test.operand = self._marked(test.operand)
        elif type(test) is ast.Compare:
            return self._links(test)
        return test

    def _links(self, test):
        """A chain of comparisons as the conjunction that it is, with each operand evaluated once."""
        parts = []
        left = test.left
        for operator, right in zip(test.ops, test.comparators):
            link = self._make(ast.Compare, left, [operator], [right])
            self._keep_sides(link)
            # The operator's name is not empty, so what counts is the comparison.
            parts += [self._keep(BY, self._constant(SYMBOLS[type(operator)])), link]
            left = self._load(RIGHT)
        return self._make(ast.BoolOp, ast.And(), parts)

    def _keep_sides(self, comparison):
        comparison.left = self._keep(LEFT, comparison.left)
        comparison.comparators = [self._keep(RIGHT, comparison.comparators[0])]

    def _words(self, test):
        """An assert without a message is told by its own source."""
        if self._lines is None:
            self._lines = self._source.splitlines()
        lines = self._lines[test.lineno - 1:test.end_lineno]
        lines[-1] = lines[-1][:test.end_col_offset]
        lines[0] = lines[0][test.col_offset:]
        return "assert " + " ".join(b" ".join(lines).decode("utf-8", "replace").split())

    def _make(self, kind, *fields):
        return kind(*fields, **self._place)

    def _constant(self, value):
        return self._make(ast.Constant, value)

    def _load(self, name):
        return self._make(ast.Name, name, ast.Load())

    def _keep(self, name, value):
        return self._make(ast.NamedExpr, self._make(ast.Name, name, ast.Store()), value)

    def _tuple(self, operator):
        return self._make(ast.Tuple, [operator, self._load(LEFT), self._load(RIGHT)], ast.Load())


def compiled(source, path):
    """The code of a file of checks."""
    tree = ast.parse(source, path)
    Rewriter(source).statements(tree.body)
    return compile(tree, path, "exec", dont_inherit=True)


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return compiled(self.get_data(self.path), self.path)

    def exec_module(self, module):
        module.__dict__[TOLD] = told
        super().exec_module(module)


class ChecksFinder:
    """Finds the files of checks, and no other module, for whoever imports them."""

    def __init__(self, paths):
        self._paths = {os.path.splitext(os.path.basename(path))[0]: path for path in paths}

    def find_spec(self, name, path=None, target=None):
        place = self._paths.get(name)
        return None if place is None else importlib.util.spec_from_file_location(name, place, loader=_Loader(name, place))
