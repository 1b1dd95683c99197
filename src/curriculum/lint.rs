//! The rules of a good curriculum, over files that could be read: every breach with its place and a remedy.

mod challenge;
mod names;

use std::collections::{HashMap, HashSet};

use super::{
    content::QuestionKind,
    loader::{ChallengeFolder, ItemFolder, LessonFolder, ModuleFolder, Parsed, TrackFolder},
    markdown,
    mistakes::{Mistakes, Place},
    seed::{QuestionEntry, QuizFile},
};

const QUESTIONS_MIN: usize = 4;
const OPTIONS_MIN: usize = 2;
/// Minutes of the longest lesson or challenge.
const MINUTES_MAX: i32 = 600;

/// Adds every breach of a rule.
pub fn check(tracks: &[TrackFolder], mistakes: &mut Mistakes) {
    let mut linter = Linter { mistakes, seen: HashMap::new() };
    for track in tracks {
        linter.track(track);
    }
}

pub struct Linter<'a> {
    mistakes: &'a mut Mistakes,
    /// What must be unique (its kind and text) and where it was first.
    seen: HashMap<(&'static str, String), Place>,
}

impl Linter<'_> {
    fn add(&mut self, place: Place, problem: impl Into<String>, remedy: impl Into<String>) {
        self.mistakes.add(place, problem, remedy);
    }

    fn track(&mut self, track: &TrackFolder) {
        let (file, value) = (&track.file, &track.file.value);
        self.unique("uuid", &value.uuid.get_ref().to_string(), file.at(&value.uuid));
        self.slug("track slug", value.slug.get_ref(), file.at(&value.slug));
        self.said(value.title.get_ref(), file.at(&value.title));
        self.said(value.summary.get_ref(), file.at(&value.summary));
        for module in &track.modules {
            self.module(module);
            let slug = &module.file.value.slug;
            let listed = value.modules.iter().filter(|listed| listed.get_ref() == slug.get_ref()).count();
            if listed != 1 {
                let remedy = format!("Name {:?} once in `modules` of {}.", slug.get_ref(), file.source.file.display());
                self.add(module.file.at(slug), "this module has no one place in its track", remedy);
            }
        }
        for listed in value.modules.iter().filter(|_| track.is_complete) {
            if !track.modules.iter().any(|module| module.file.value.slug.get_ref() == listed.get_ref()) {
                let problem = format!("no folder holds a module with the slug {:?}", listed.get_ref());
                self.add(file.at(listed), problem, "Add the module's folder, or take its slug out of the list.");
            }
        }
    }

    fn module(&mut self, module: &ModuleFolder) {
        let (file, value) = (&module.file, &module.file.value);
        self.unique("uuid", &value.uuid.get_ref().to_string(), file.at(&value.uuid));
        self.slug("module slug", value.slug.get_ref(), file.at(&value.slug));
        self.said(value.title.get_ref(), file.at(&value.title));
        self.said(value.summary.get_ref(), file.at(&value.summary));
        if *value.xp.get_ref() < 0 {
            self.add(file.at(&value.xp), "XP is negative", "Use 0 or more.");
        }
        for item in &module.items {
            match item {
                ItemFolder::Lesson(lesson) => self.lesson(lesson),
                ItemFolder::Challenge(challenge) => self.challenge(challenge),
            }
        }
    }

    fn lesson(&mut self, lesson: &LessonFolder) {
        let (file, value) = (&lesson.file, &lesson.file.value);
        self.unique("uuid", &value.uuid.get_ref().to_string(), file.at(&value.uuid));
        self.slug("lesson slug", value.slug.get_ref(), file.at(&value.slug));
        self.said(value.title.get_ref(), file.at(&value.title));
        self.said(value.summary.get_ref(), file.at(&value.summary));
        self.minutes(*value.minutes.get_ref(), file.at(&value.minutes));
        self.markdown(file);
        if let Some(quiz) = &lesson.quiz {
            self.quiz(quiz);
        }
        if let Some(challenge) = &lesson.challenge {
            self.challenge(challenge);
        }
    }

    fn quiz(&mut self, quiz: &Parsed<QuizFile>) {
        let value = &quiz.value;
        self.unique("uuid", &value.uuid.get_ref().to_string(), quiz.at(&value.uuid));
        if value.questions.len() < QUESTIONS_MIN {
            let problem = format!("{} questions are too few", value.questions.len());
            self.add(quiz.top(), problem, format!("A quiz has at least {QUESTIONS_MIN}."));
        }
        let mut ids = HashSet::new();
        for question in &value.questions {
            if !ids.insert(question.id.get_ref()) {
                self.add(quiz.at(&question.id), "another question of this quiz has this id", "Give each question an id of its own.");
            }
            self.question(quiz, question);
        }
    }

    fn question(&mut self, quiz: &Parsed<QuizFile>, question: &QuestionEntry) {
        self.id(question.id.get_ref(), quiz.at(&question.id));
        self.said(question.prompt.get_ref(), quiz.at(&question.prompt));
        self.said(question.explanation.get_ref(), quiz.at(&question.explanation));
        if question.options.len() < OPTIONS_MIN {
            self.add(
                quiz.at(&question.id),
                "a question needs something to choose from",
                format!("Give it at least {OPTIONS_MIN} options."),
            );
        }
        let correct = question.options.iter().filter(|option| option.correct).count();
        if question.kind == QuestionKind::Single && correct != 1 {
            let problem = format!("a single-choice question has {correct} correct options");
            self.add(quiz.at(&question.id), problem, "Mark exactly one option `correct = true`, or make the kind \"multiple\".");
        }
        if question.kind == QuestionKind::Multiple && correct == 0 {
            self.add(quiz.at(&question.id), "no option is correct", "Mark at least one option `correct = true`.");
        }
        let mut ids = HashSet::new();
        for option in &question.options {
            self.id(option.id.get_ref(), quiz.at(&option.id));
            self.said(option.text.get_ref(), quiz.at(&option.text));
            if !ids.insert(option.id.get_ref()) {
                self.add(quiz.at(&option.id), "another option of this question has this id", "Give each option an id of its own.");
            }
        }
    }

    fn challenge(&mut self, challenge: &ChallengeFolder) {
        challenge::check(self, challenge);
    }

    fn unique(&mut self, kind: &'static str, text: &str, place: Place) {
        if let Some(first) = self.seen.get(&(kind, text.to_owned())) {
            let problem = format!("{text:?} is the {kind} of {}:{} already", first.file.display(), first.line);
            self.add(place, problem, "Every item has its own, and keeps it for good.");
        } else {
            self.seen.insert((kind, text.to_owned()), place);
        }
    }

    fn slug(&mut self, kind: &'static str, slug: &str, place: Place) {
        self.id(slug, place.clone());
        self.unique(kind, slug, place);
    }

    fn id(&mut self, id: &str, place: Place) {
        if !names::is_kebab(id) {
            let problem = format!("{id:?} is no short name");
            self.add(place, problem, "Use a-z, 0-9 and single hyphens, at most 64 characters, beginning with a letter or digit.");
        }
    }

    fn said(&mut self, text: &str, place: Place) {
        if text.trim().is_empty() {
            self.add(place, "this text is empty", "Say something.");
        }
    }

    fn minutes(&mut self, minutes: i32, place: Place) {
        if !(1..=MINUTES_MAX).contains(&minutes) {
            self.add(place, format!("{minutes} minutes cannot be"), format!("Use 1 to {MINUTES_MAX}."));
        }
    }

    fn markdown<T>(&mut self, file: &Parsed<T>) {
        let text = file.markdown();
        self.said(text, file.source.at(file.body_start));
        for image in markdown::outside_images(text) {
            let remedy = "Say it in words, or draw it in a code block: nothing is loaded from elsewhere.";
            self.add(file.source.at(file.body_start + image.start), "an image from elsewhere", remedy);
        }
    }
}
