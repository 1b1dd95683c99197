//! Reads a seeds folder into memory, without judging what it says: `lint` does that. What cannot be read or parsed is a
//! mistake with a place, and reading goes on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::{
    mistakes::{Mistakes, Place, Source},
    seed::{ChallengeFile, ExpectFile, LessonFile, ModuleFile, QuizFile, TrackFile},
};

/// Bytes of the largest file that is read.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A parsed file with its text, for pointing at places in it.
#[derive(Debug)]
pub struct Parsed<T> {
    pub source: Source,
    pub value: T,
    /// Where the TOML begins in the text.
    toml_start: usize,
    /// Where the Markdown begins in the text.
    pub body_start: usize,
}

impl<T> Parsed<T> {
    pub fn at<S>(&self, spanned: &toml::Spanned<S>) -> Place {
        self.source.at(self.toml_start + spanned.span().start)
    }

    pub fn top(&self) -> Place {
        Place::whole(&self.source.file)
    }

    pub fn markdown(&self) -> &str {
        self.source.text.get(self.body_start..).unwrap_or_default()
    }
}

#[derive(Debug)]
pub struct TrackFolder {
    pub file: Parsed<TrackFile>,
    /// Those that could be read.
    pub modules: Vec<ModuleFolder>,
    /// Whether all of them could be read.
    pub is_complete: bool,
}

#[derive(Debug)]
pub struct ModuleFolder {
    pub file: Parsed<ModuleFile>,
    pub items: Vec<ItemFolder>,
}

#[derive(Debug)]
pub enum ItemFolder {
    Lesson(Box<LessonFolder>),
    Challenge(Box<ChallengeFolder>),
}

#[derive(Debug)]
pub struct LessonFolder {
    pub file: Parsed<LessonFile>,
    pub quiz: Option<Parsed<QuizFile>>,
    pub challenge: Option<ChallengeFolder>,
}

#[derive(Debug)]
pub struct ChallengeFolder {
    /// Relative to the seeds folder.
    pub folder: PathBuf,
    pub file: Parsed<ChallengeFile>,
    pub starter: Vec<RawFile>,
    pub checks: Vec<RawFile>,
    pub solution: Vec<RawFile>,
    pub wrong: Vec<WrongFolder>,
    pub hints: Option<Source>,
}

#[derive(Debug)]
pub struct WrongFolder {
    pub name: String,
    pub expect: Parsed<ExpectFile>,
    pub files: Vec<RawFile>,
}

#[derive(Clone, Debug)]
pub struct RawFile {
    /// Relative to the folder it belongs to (starter, checks ..), with forward slashes.
    pub path: String,
    /// Relative to the seeds folder.
    pub file: PathBuf,
    pub bytes: Vec<u8>,
}

/// Reads `<dir>/tracks`.
pub fn read(dir: &Path, mistakes: &mut Mistakes) -> Vec<TrackFolder> {
    let mut reader = Reader { root: dir, mistakes };
    let mut folders = reader.entries(Path::new("tracks"));
    folders.retain(|entry| reader.is_folder(entry));
    let tracks: Vec<_> = folders.iter().filter_map(|track| reader.track(track)).collect();
    if folders.is_empty() {
        mistakes.add(Place::whole(Path::new("tracks")), "there is no track here", "A seeds folder has tracks/<track>/track.toml.");
    }
    tracks
}

struct Reader<'a> {
    root: &'a Path,
    mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    fn track(&mut self, folder: &Path) -> Option<TrackFolder> {
        let file = self.toml(&folder.join("track.toml"));
        let modules = self.numbered(folder, &["track.toml"]);
        let read: Vec<_> = modules.iter().filter_map(|module| self.module(module)).collect();
        Some(TrackFolder { file: file?, is_complete: read.len() == modules.len(), modules: read })
    }

    fn module(&mut self, folder: &Path) -> Option<ModuleFolder> {
        let file = self.toml(&folder.join("module.toml"));
        let items = self.numbered(folder, &["module.toml"]);
        if items.is_empty() {
            let remedy = "Add a folder 01-name with a lesson.md or a challenge.md.";
            self.mistakes.add(Place::whole(folder), "this module has no items", remedy);
        }
        let items = items.iter().filter_map(|item| self.item(item)).collect();
        Some(ModuleFolder { file: file?, items })
    }

    fn item(&mut self, folder: &Path) -> Option<ItemFolder> {
        if self.exists(&folder.join("lesson.md")) {
            return self.lesson(folder).map(|lesson| ItemFolder::Lesson(Box::new(lesson)));
        }
        if self.exists(&folder.join("challenge.md")) {
            return self.challenge(folder).map(|challenge| ItemFolder::Challenge(Box::new(challenge)));
        }
        self.mistakes.add(
            Place::whole(folder),
            "this folder is neither a lesson nor a challenge",
            "Put a lesson.md or a challenge.md into it, or remove it.",
        );
        None
    }

    fn lesson(&mut self, folder: &Path) -> Option<LessonFolder> {
        self.expect_only(folder, &["lesson.md", "quiz.toml", "challenge"]);
        let file = self.front_matter(&folder.join("lesson.md"));
        let quiz = folder.join("quiz.toml");
        let quiz = if self.exists(&quiz) { self.toml(&quiz) } else { None };
        let challenge = folder.join("challenge");
        let challenge = if self.exists(&challenge) { self.challenge(&challenge) } else { None };
        Some(LessonFolder { file: file?, quiz, challenge })
    }

    fn challenge(&mut self, folder: &Path) -> Option<ChallengeFolder> {
        self.expect_only(folder, &["challenge.md", "starter", "checks", "data", "solution", "wrong", "hints.md"]);
        let file = self.front_matter(&folder.join("challenge.md"));
        let starter = self.files(&folder.join("starter"));
        let mut checks = self.files(&folder.join("checks"));
        let data = folder.join("data");
        if self.exists(&data) {
            let data = self.files(&data).into_iter().map(|file| RawFile { path: format!("data/{}", file.path), ..file });
            checks.extend(data);
        }
        let solution = self.files(&folder.join("solution"));
        let wrong = folder.join("wrong");
        let wrong = if self.exists(&wrong) { self.entries(&wrong) } else { Vec::new() };
        let wrong = wrong.iter().filter_map(|answer| self.wrong(answer)).collect();
        let hints = folder.join("hints.md");
        let hints = if self.exists(&hints) { self.text(&hints) } else { None };
        Some(ChallengeFolder { folder: folder.to_owned(), file: file?, starter, checks, solution, wrong, hints })
    }

    fn wrong(&mut self, folder: &Path) -> Option<WrongFolder> {
        let expect = self.toml(&folder.join("expect.toml"))?;
        let files = self.files(folder).into_iter().filter(|file| file.path != "expect.toml").collect();
        Some(WrongFolder { name: name_of(folder), expect, files })
    }

    /// The folders `NN-name` of a folder in their order; numbers begin at 1 without a gap.
    fn numbered(&mut self, folder: &Path, besides: &[&str]) -> Vec<PathBuf> {
        let entries: Vec<_> = self.entries(folder).into_iter().filter(|entry| !besides.contains(&name_of(entry).as_str())).collect();
        for (position, entry) in entries.iter().enumerate() {
            let name = name_of(entry);
            let number = name.split_once('-').filter(|(digits, _)| digits.len() == 2).and_then(|(digits, _)| digits.parse().ok());
            if number != Some(position + 1) {
                let remedy = format!("Folders here are numbered in their order without a gap: this one would be {:02}-name.", position + 1);
                self.mistakes.add(Place::whole(entry), format!("{name:?} is out of order"), remedy);
            }
        }
        entries
    }

    /// Sorted, without what tools leave behind; a link is a mistake.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let listed = fs::read_dir(self.root.join(folder)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let Ok(listed) = listed else {
            self.mistakes.add(Place::whole(folder), "this folder is missing or cannot be read", "Add it, or make it readable.");
            return Vec::new();
        };
        let mut entries = Vec::with_capacity(listed.len());
        for entry in listed {
            let path = folder.join(entry.file_name());
            if ["__pycache__", ".DS_Store"].contains(&name_of(&path).as_str()) {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                self.mistakes.add(Place::whole(&path), "this is a link", "Put the file itself here: links are not followed.");
                continue;
            }
            entries.push(path);
        }
        entries.sort();
        entries
    }

    fn expect_only(&mut self, folder: &Path, names: &[&str]) {
        for entry in self.entries(folder) {
            if !names.contains(&name_of(&entry).as_str()) {
                let remedy = format!("A folder like this has only: {}.", names.join(", "));
                self.mistakes.add(Place::whole(&entry), format!("nothing reads {:?}", name_of(&entry)), remedy);
            }
        }
    }

    /// All files below a folder.
    fn files(&mut self, folder: &Path) -> Vec<RawFile> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in self.entries(&next) {
                if self.is_folder(&entry) {
                    folders.push(entry);
                } else if let Some(bytes) = self.bytes(&entry) {
                    let path = entry.strip_prefix(folder).unwrap_or(&entry).to_string_lossy().replace('\\', "/");
                    files.push(RawFile { path, file: entry, bytes });
                }
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    fn toml<T: DeserializeOwned>(&mut self, file: &Path) -> Option<Parsed<T>> {
        let source = self.text(file)?;
        let end = source.text.len();
        self.parse(source, 0, end, end)
    }

    fn front_matter<T: DeserializeOwned>(&mut self, file: &Path) -> Option<Parsed<T>> {
        let source = self.text(file)?;
        let Some((front, body)) = source.front_matter() else {
            let remedy = "Begin the file with a line `+++`, then TOML, then another line `+++`.";
            self.mistakes.add(source.at(0), "the front matter is missing or has no end", remedy);
            return None;
        };
        self.parse(source, front.start, front.end, body.start)
    }

    fn parse<T: DeserializeOwned>(&mut self, source: Source, start: usize, end: usize, body_start: usize) -> Option<Parsed<T>> {
        match toml::from_str(&source.text[start..end]) {
            Ok(value) => Some(Parsed { source, value, toml_start: start, body_start }),
            Err(error) => {
                let place = source.at(start + error.span().map_or(0, |span| span.start));
                let remedy = "See CONTRIBUTING.md for the keys of this file; every key is written once and no other is known.";
                self.mistakes.add(place, error.message().replace('\n', " "), remedy);
                None
            }
        }
    }

    fn text(&mut self, file: &Path) -> Option<Source> {
        let bytes = self.bytes(file)?;
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains(['\r', '\0']) => Some(Source { file: file.to_owned(), text }),
            _ => {
                let remedy = "Save it as UTF-8 with Unix line ends.";
                self.mistakes.add(Place::whole(file), "this is no UTF-8 text with Unix line ends", remedy);
                None
            }
        }
    }

    fn bytes(&mut self, file: &Path) -> Option<Vec<u8>> {
        let path = self.root.join(file);
        let Ok(data) = fs::symlink_metadata(&path) else {
            self.mistakes.add(Place::whole(file), "this file is missing", "Add it.");
            return None;
        };
        if data.len() > FILE_BYTES_MAX {
            self.mistakes.add(Place::whole(file), "this file is larger than 4 MiB", "Generate the data in the check from its seed.");
            return None;
        }
        let bytes = fs::read(path);
        if bytes.is_err() {
            self.mistakes.add(Place::whole(file), "this file cannot be read", "It must be an ordinary, readable file.");
        }
        bytes.ok()
    }

    fn exists(&self, file: &Path) -> bool {
        fs::symlink_metadata(self.root.join(file)).is_ok()
    }

    fn is_folder(&self, file: &Path) -> bool {
        fs::symlink_metadata(self.root.join(file)).is_ok_and(|data| data.is_dir())
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
