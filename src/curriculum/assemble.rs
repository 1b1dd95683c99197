//! From folders that passed lint to the content that is published.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    content::{ChallengeBody, CheckFile, CheckSpec, LessonBody, Question, QuizBody, QuizOption, SourceFile, Task},
    hints::split_hints,
    loader::{ChallengeFolder, ItemFolder, LessonFolder, ModuleFolder, Parsed, RawFile, TrackFolder, WrongFolder},
    seed::{QuestionEntry, QuizFile, TaskEntry},
    tree::{ChallengeTree, Content, ItemTree, LessonTree, ModuleTree, QuizTree, TrackTree, WrongAnswer},
};

/// Tracks by their `order`, modules by their track's list. Lint has shown that nothing is missing.
#[must_use]
pub fn assemble(folders: Vec<TrackFolder>) -> Content {
    let mut tracks: Vec<_> = folders.into_iter().map(track).collect();
    tracks.sort_by(|one, other| (one.order, &one.slug).cmp(&(other.order, &other.slug)));
    Content { tracks }
}

fn track(folder: TrackFolder) -> TrackTree {
    let value = folder.file.value;
    let place = |slug: &str| value.modules.iter().position(|listed| listed.get_ref() == slug);
    let mut modules: Vec<_> = folder.modules.into_iter().map(module).collect();
    modules.sort_by_key(|module| place(&module.slug));
    TrackTree {
        uuid: value.uuid.into_inner(),
        slug: value.slug.into_inner(),
        title: value.title.into_inner(),
        summary: value.summary.into_inner(),
        order: value.order,
        modules,
    }
}

fn module(folder: ModuleFolder) -> ModuleTree {
    let value = folder.file.value;
    let items = folder.items.into_iter().map(|item| match item {
        ItemFolder::Lesson(folder) => ItemTree::Lesson(lesson(*folder)),
        ItemFolder::Challenge(folder) => ItemTree::Challenge(challenge(*folder)),
    });
    ModuleTree {
        uuid: value.uuid.into_inner(),
        slug: value.slug.into_inner(),
        title: value.title.into_inner(),
        summary: value.summary.into_inner(),
        number: value.number,
        xp: value.xp.into_inner(),
        items: items.collect(),
    }
}

fn lesson(folder: LessonFolder) -> LessonTree {
    let body = LessonBody { markdown: folder.file.markdown().trim_start().to_owned() };
    let value = folder.file.value;
    LessonTree {
        uuid: value.uuid.into_inner(),
        slug: value.slug.into_inner(),
        title: value.title.into_inner(),
        summary: value.summary.into_inner(),
        minutes: value.minutes.into_inner(),
        body,
        quiz: folder.quiz.map(quiz),
        challenge: folder.challenge.map(challenge),
    }
}

fn quiz(file: Parsed<QuizFile>) -> QuizTree {
    let questions = file.value.questions.into_iter().map(question).collect();
    QuizTree { uuid: file.value.uuid.into_inner(), body: QuizBody { questions } }
}

fn question(entry: QuestionEntry) -> Question {
    let options = entry.options.into_iter().map(|option| QuizOption {
        id: option.id.into_inner(),
        text: option.text.into_inner(),
        correct: option.correct,
    });
    Question {
        id: entry.id.into_inner(),
        kind: entry.kind,
        prompt: entry.prompt.into_inner(),
        explanation: entry.explanation.into_inner(),
        options: options.collect(),
    }
}

fn challenge(folder: ChallengeFolder) -> ChallengeTree {
    let statement = folder.file.markdown().trim_start().to_owned();
    let value = folder.file.value;
    let checks = folder.checks.into_iter().map(|file| CheckFile { path: file.path, content_b64: BASE64_STANDARD.encode(file.bytes) });
    let body = ChallengeBody {
        statement,
        files: value.files.into_inner().into_iter().map(toml::Spanned::into_inner).collect(),
        entry: value.entry.into_inner(),
        model_tier: value.model_tier,
        starter: sources(folder.starter),
        checks: checks.collect(),
        tasks: value.tasks.into_iter().map(task).collect(),
        hints: folder.hints.and_then(|source| split_hints(&source.text)).unwrap_or_default(),
        call_timeout_ms: value.call_timeout_ms.map(toml::Spanned::into_inner),
    };
    ChallengeTree {
        uuid: value.uuid.into_inner(),
        slug: value.slug.into_inner(),
        title: value.title.into_inner(),
        summary: value.summary.into_inner(),
        difficulty: value.difficulty,
        points: value.points.into_inner(),
        minutes: value.minutes.into_inner(),
        runtime: value.runtime,
        red_team: value.red_team,
        body,
        solution: sources(folder.solution),
        wrong: folder.wrong.into_iter().map(wrong_answer).collect(),
    }
}

fn task(entry: TaskEntry) -> Task {
    let checks = entry.checks.into_iter().map(|check| CheckSpec {
        id: check.id.into_inner(),
        title: check.title.into_inner(),
        points: check.points.into_inner(),
        visibility: check.visibility,
    });
    Task { id: entry.id.into_inner(), title: entry.title.into_inner(), points: entry.points.into_inner(), checks: checks.collect() }
}

fn wrong_answer(folder: WrongFolder) -> WrongAnswer {
    let value = folder.expect.value;
    WrongAnswer {
        name: folder.name,
        verdict: value.verdict.into_inner(),
        check: value.check.into_inner(),
        why: value.why.into_inner(),
        files: sources(folder.files),
    }
}

fn sources(files: Vec<RawFile>) -> Vec<SourceFile> {
    files.into_iter().map(|file| SourceFile { path: file.path, content: String::from_utf8_lossy(&file.bytes).into_owned() }).collect()
}
