//! What names and paths may be. Pure.

/// Top-level modules that a learner's or an author's file must not stand in front of: Python's own, and what the judge and
/// the images bring along.
const TAKEN_MODULES: &str = " abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect \
builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser \
contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings \
ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob \
graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 \
linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt \
ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib \
posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource \
rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 \
sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny \
tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle \
turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc \
zipapp zipfile zipimport zlib zoneinfo \
judge agent conftest sitecustomize usercustomize pytest _pytest py pluggy iniconfig packaging pygments numpy pandas matplotlib sklearn scipy \
moto boto3 botocore yaml hcl2 ";

/// Characters of the longest path.
const PATH_MAX: usize = 120;
/// Folders deep.
const DEPTH_MAX: usize = 4;

/// Short names of items, questions, options and tasks.
#[must_use]
pub fn is_kebab(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// What is wrong with a path of a file that goes into a sandbox; None when nothing is.
#[must_use]
pub fn path_problem(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let sane = |part: &&str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    if path.len() > PATH_MAX || parts.len() > DEPTH_MAX || !parts.iter().all(sane) {
        return Some(format!("{path:?} is no plain relative path"));
    }
    let name = parts.last().copied().unwrap_or_default();
    if name == "conftest.py" {
        return Some("conftest.py would change how checks run".to_owned());
    }
    let module = parts.first().map_or("", |first| first.strip_suffix(".py").unwrap_or(first));
    let is_python = std::path::Path::new(name).extension().is_some_and(|extension| extension == "py");
    if is_python && is_taken(module) {
        return Some(format!("{path:?} would stand in front of the module {module}"));
    }
    None
}

fn is_taken(module: &str) -> bool {
    TAKEN_MODULES.contains(&format!(" {module} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_lower_case_words_with_single_hyphens() {
        let cases =
            [("a", true), ("two-sum-2", true), ("", false), ("-a", false), ("a--b", false), ("A", false), ("a_b", false), ("ä", false)];
        for (name, fine) in cases {
            assert_eq!(is_kebab(name), fine, "{name}");
        }
    }

    #[test]
    fn paths_stay_inside_and_stand_in_front_of_nothing() {
        for fine in ["main.py", "mathkit/__init__.py", "index.html", "json/data.csv", "src/App.tsx", "infra/main.tf", "Dockerfile"] {
            assert_eq!(path_problem(fine), None, "{fine}");
        }
        let bad = [
            "",
            "/etc/passwd",
            "../a.py",
            "a/../b.py",
            "a//b.py",
            ".hidden",
            "a\\b.py",
            "conftest.py",
            "pkg/conftest.py",
            "judge.py",
            "random.py",
            "json/__init__.py",
            "pytest.py",
            "sitecustomize.py",
            "-x.py",
            "a b.py",
            "ä.py",
            "a/b/c/d/e.py",
            "math.py",
        ];
        for path in bad {
            assert!(path_problem(path).is_some(), "{path}");
        }
    }
}
