//! Grading a quiz, on the server alone. Pure.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::content::{Question, QuizBody, QuizOption};
use crate::db::ids::{TypedId, UserId};

/// The best score a lesson's quiz must reach for what it opens.
pub const PASSING_SCORE: i32 = 70;

/// What a learner chose for one question.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    pub question_id: String,
    pub option_ids: Vec<String>,
}

/// Every question with its outcome, in the order of the quiz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// 0 to 100.
    pub score: i32,
    pub questions: Vec<GradedQuestion>,
}

/// May be shown: the learner has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradedQuestion {
    pub question_id: String,
    pub right: bool,
    pub correct_option_ids: Vec<String>,
    pub explanation: String,
}

/// Answers that do not fit the quiz; nothing is graded and no attempt is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerMistake {
    #[error("This quiz has no question {0:?}.")]
    UnknownQuestion(String),
    #[error("Question {0:?} is answered twice.")]
    RepeatedQuestion(String),
    #[error("Question {0:?} is not answered.")]
    MissingQuestion(String),
    #[error("Question {question:?} has no option {option:?}.")]
    UnknownOption { question: String, option: String },
    #[error("Option {option:?} of question {question:?} is chosen twice.")]
    RepeatedOption { question: String, option: String },
}

/// A question is right when exactly its correct options are chosen.
pub fn grade(quiz: &QuizBody, answers: &[Answer]) -> Result<Graded, AnswerMistake> {
    let chosen = chosen_by_question(quiz, answers)?;
    let questions = quiz.questions.iter().map(|question| grade_question(question, &chosen)).collect::<Result<Vec<_>, _>>()?;
    let right = questions.iter().filter(|question| question.right).count();
    Ok(Graded { score: percent(right, questions.len()), questions })
}

fn chosen_by_question<'a>(quiz: &QuizBody, answers: &'a [Answer]) -> Result<HashMap<&'a str, HashSet<&'a str>>, AnswerMistake> {
    let mut chosen = HashMap::new();
    for answer in answers {
        let id = answer.question_id.as_str();
        let question =
            quiz.questions.iter().find(|question| question.id == id).ok_or_else(|| AnswerMistake::UnknownQuestion(id.to_owned()))?;
        if chosen.insert(id, chosen_options(question, answer)?).is_some() {
            return Err(AnswerMistake::RepeatedQuestion(id.to_owned()));
        }
    }
    Ok(chosen)
}

fn chosen_options<'a>(question: &Question, answer: &'a Answer) -> Result<HashSet<&'a str>, AnswerMistake> {
    let mut chosen = HashSet::new();
    for id in &answer.option_ids {
        let (question_id, option) = (question.id.clone(), id.clone());
        if !question.options.iter().any(|option| option.id == *id) {
            return Err(AnswerMistake::UnknownOption { question: question_id, option });
        }
        if !chosen.insert(id.as_str()) {
            return Err(AnswerMistake::RepeatedOption { question: question_id, option });
        }
    }
    Ok(chosen)
}

fn grade_question(question: &Question, chosen: &HashMap<&str, HashSet<&str>>) -> Result<GradedQuestion, AnswerMistake> {
    let chosen = chosen.get(question.id.as_str()).ok_or_else(|| AnswerMistake::MissingQuestion(question.id.clone()))?;
    let correct: HashSet<&str> = question.options.iter().filter(|option| option.correct).map(|option| option.id.as_str()).collect();
    Ok(GradedQuestion {
        question_id: question.id.clone(),
        right: *chosen == correct,
        correct_option_ids: question.options.iter().filter(|option| option.correct).map(|option| option.id.clone()).collect(),
        explanation: question.explanation.clone(),
    })
}

/// 100 x part / whole, halves rounded up. An empty quiz is 0; lint refuses one.
fn percent(part: usize, whole: usize) -> i32 {
    if whole == 0 {
        return 0;
    }
    i32::try_from((200 * part + whole) / (2 * whole)).unwrap_or(100)
}

/// The options in an order of this learner's attempt: the same when asked again, another in the next attempt.
#[must_use]
pub fn shuffled(options: &[QuizOption], learner: UserId, attempt_number: i32) -> Vec<&QuizOption> {
    let mut keyed: Vec<_> = options
        .iter()
        .map(|option| {
            let mut key = Sha256::new();
            key.update(learner.uuid().as_bytes());
            key.update(attempt_number.to_be_bytes());
            key.update(option.id.as_bytes());
            (<[u8; 32]>::from(key.finalize()), option)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, option)| option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curriculum::content::QuestionKind;

    fn question(id: &str, kind: QuestionKind, correct: &[&str]) -> Question {
        let options = ["a", "b", "c", "d"];
        Question {
            id: id.to_owned(),
            kind,
            prompt: String::new(),
            explanation: format!("why {id}"),
            options: options
                .iter()
                .map(|option| QuizOption { id: (*option).to_owned(), text: String::new(), correct: correct.contains(option) })
                .collect(),
        }
    }

    fn quiz() -> QuizBody {
        QuizBody {
            questions: vec![
                question("one", QuestionKind::Single, &["a"]),
                question("two", QuestionKind::Multiple, &["a", "c"]),
                question("three", QuestionKind::Multiple, &["b"]),
            ],
        }
    }

    fn answer(question: &str, options: &[&str]) -> Answer {
        Answer { question_id: question.to_owned(), option_ids: options.iter().map(|id| (*id).to_owned()).collect() }
    }

    #[test]
    fn a_question_counts_only_when_exactly_its_correct_options_are_chosen() {
        #[expect(clippy::type_complexity, reason = "a table: what is chosen in each question, and the score")]
        let cases: [(&[&str], &[&str], &[&str], i32); 6] = [
            (&["a"], &["c", "a"], &["b"], 100),
            (&["a"], &["a"], &["b"], 67),
            (&["a"], &["a", "c", "d"], &["b"], 67),
            (&["a", "b"], &["a", "c"], &[], 33),
            (&[], &[], &[], 0),
            (&["a", "b", "c", "d"], &["a", "b", "c", "d"], &["a", "b", "c", "d"], 0),
        ];
        for (one, two, three, score) in cases {
            let graded = grade(&quiz(), &[answer("two", two), answer("one", one), answer("three", three)]).unwrap();
            assert_eq!(graded.score, score, "{one:?} {two:?} {three:?}");
            assert_eq!(graded.questions[1].correct_option_ids, ["a", "c"]);
            assert_eq!(graded.questions[0].explanation, "why one");
        }
    }

    #[test]
    fn answers_that_do_not_fit_are_refused_by_name() {
        let two = || "two".to_owned();
        let cases = [
            (vec![answer("four", &["a"])], AnswerMistake::UnknownQuestion("four".to_owned())),
            (vec![answer("one", &["a"]), answer("one", &["a"])], AnswerMistake::RepeatedQuestion("one".to_owned())),
            (vec![answer("one", &["a"])], AnswerMistake::MissingQuestion(two())),
            (vec![answer("two", &["e"])], AnswerMistake::UnknownOption { question: two(), option: "e".to_owned() }),
            (vec![answer("two", &["a", "a"])], AnswerMistake::RepeatedOption { question: two(), option: "a".to_owned() }),
        ];
        for (answers, mistake) in cases {
            assert_eq!(grade(&quiz(), &answers), Err(mistake));
        }
    }

    #[test]
    fn a_share_is_rounded_to_the_nearest_hundredth() {
        for (part, whole, expected) in [(0, 4, 0), (1, 8, 13), (1, 3, 33), (2, 3, 67), (5, 7, 71), (7, 10, 70), (4, 4, 100), (0, 0, 0)] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn a_shuffle_belongs_to_a_learner_and_an_attempt() {
        let options = question("one", QuestionKind::Single, &["a"]).options;
        let order = |learner, attempt| shuffled(&options, learner, attempt).iter().map(|option| option.id.clone()).collect::<String>();
        let learner = UserId::from_uuid(uuid::Uuid::from_u128(7));
        assert_eq!(order(learner, 1), order(learner, 1));
        let orders: HashSet<_> = (1..40).map(|attempt| order(learner, attempt)).collect();
        assert!(orders.len() > 10, "{orders:?}");
        for order in orders {
            let mut letters: Vec<_> = order.chars().collect();
            letters.sort_unstable();
            assert_eq!(letters, ['a', 'b', 'c', 'd']);
        }
    }
}
