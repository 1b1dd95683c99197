//! Mistakes of authors: what is wrong, where, and what to do about it.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// One mistake, at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Relative to the folder of the seeds.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub problem: String,
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, problem, remedy } = self;
        write!(f, "{}:{line}:{column}: {problem}\n    {remedy}", file.display())
    }
}

/// Every mistake found so far.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub fn add(&mut self, place: Place, problem: impl Into<String>, remedy: impl Into<String>) {
        let Place { file, line, column } = place;
        self.0.push(Mistake { file, line, column, problem: problem.into(), remedy: remedy.into() });
    }

    /// In the order of files and places.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Mistake> {
        self.0.sort();
        self.0.dedup();
        self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where in the seeds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// A file or folder as a whole.
    #[must_use]
    pub fn whole(file: &Path) -> Self {
        Self { file: file.to_owned(), line: 1, column: 1 }
    }
}

/// A text file of an author, able to say where a byte of it stands.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the folder of the seeds.
    pub file: PathBuf,
    pub text: String,
}

impl Source {
    /// The place of a byte of the text.
    #[must_use]
    pub fn at(&self, byte: usize) -> Place {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place { file: self.file.clone(), line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// Cuts `+++` front matter from what follows it; byte ranges of both.
    #[must_use]
    pub fn front_matter(&self) -> Option<(Range<usize>, Range<usize>)> {
        let start = self.text.strip_prefix("+++\n").map(|_| 4)?;
        let length = self.text[start..].find("\n+++\n")? + 1;
        Some((start..start + length, start + length + 4..self.text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_has_a_line_and_a_column_of_characters() {
        let source = Source { file: "a.md".into(), text: "+++\nx = 'é' y\n+++\nbody\n".to_owned() };
        let cases = [(0, (1, 1)), (4, (2, 1)), (source.text.find('y').unwrap(), (2, 9)), (9999, (5, 1))];
        for (byte, (line, column)) in cases {
            let place = source.at(byte);
            assert_eq!((place.line, place.column), (line, column), "{byte}");
        }
        let (front, body) = source.front_matter().unwrap();
        assert_eq!(&source.text[front], "x = 'é' y\n");
        assert_eq!(&source.text[body], "body\n");
    }
}
