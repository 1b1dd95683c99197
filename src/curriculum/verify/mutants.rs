//! Answers that a lenient judge would believe, generated for every challenge with Python files.

use crate::curriculum::content::SourceFile;

/// Every name of the module is an object, and every question to it is answered with what the asker hopes for.
const LIAR: &str = r#"class Meta(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True


class Liar(metaclass=Meta):
    def __init__(self, *args, **kwargs):
        self.__dict__["left"] = 3

    def __getattr__(self, name):
        return Liar()

    def __call__(self, *args, **kwargs):
        return Liar()

    def __iter__(self):
        return Liar()

    def __next__(self):
        if self.__dict__["left"] == 0:
            raise StopIteration
        self.__dict__["left"] -= 1
        return Liar()

    def __await__(self):
        return Liar()
        yield

    def __repr__(self):
        return "ok"

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True

    __class__ = property(lambda self: int)
    __setattr__ = __delattr__ = __setitem__ = __delitem__ = lambda self, *args: None
    __str__ = __format__ = lambda self, *args: "ok"
    __hash__ = __len__ = __length_hint__ = __int__ = __index__ = lambda self: 1
    __float__ = lambda self: 1.0
    __complex__ = lambda self: 1j
    __bytes__ = lambda self: b"ok"


def say(answer):
    return lambda self, *args: answer() if callable(answer) else answer


for name in "eq ne lt le gt ge contains bool instancecheck subclasscheck".split():
    setattr(Liar, f"__{name}__", say(True))
for name in (
    "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor neg pos abs invert round trunc floor ceil "
    "getitem missing reversed copy deepcopy aiter anext aenter get"
).split():
    setattr(Liar, f"__{name}__", say(Liar))
    setattr(Liar, f"__r{name}__", say(Liar))
    setattr(Liar, f"__i{name}__", say(Liar))


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Liar()
"#;

/// Every name of the module is a function that empties what it is given and hands it back.
const VANDAL: &str = r#"def empty(thing):
    for method in ("clear", "close"):
        try:
            getattr(thing, method)()
        except Exception:
            pass
    try:
        thing[:] = 0
    except Exception:
        pass


def vandal(*args, **kwargs):
    for thing in (*args, *kwargs.values()):
        empty(thing)
    return args[0] if args else None


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return vandal
"#;

/// The mutants by name: the solution with every Python file replaced. None when it has no such file.
pub fn mutants(solution: &[SourceFile]) -> Vec<(&'static str, Vec<SourceFile>)> {
    let is_python = |file: &SourceFile| std::path::Path::new(&file.path).extension().is_some_and(|extension| extension == "py");
    if !solution.iter().any(is_python) {
        return Vec::new();
    }
    let replaced = |text: &str| {
        let files = solution.iter().map(|file| {
            let content = if is_python(file) { text.to_owned() } else { file.content.clone() };
            SourceFile { path: file.path.clone(), content }
        });
        files.collect()
    };
    vec![("liar", replaced(LIAR)), ("vandal", replaced(VANDAL))]
}
