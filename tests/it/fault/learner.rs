//! Learners and what they send: playground runs, runs of the visible checks and attempts, right and wrong.

use std::path::Path;

use rand::{prelude::*, rngs::StdRng};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::api::{Api, pace};

const LESSON: &str = "python-variables-and-types";
const CHALLENGE: &str = "python-temperature-converter";
const FOLDER: &str = "seeds/tracks/python/01-python-basics/01-variables-and-data-types";
const CHALLENGE_POINTS: i64 = 80;
/// The achievement for the first thing passed.
const FIRST_STEPS_XP: i64 = 50;
/// The missions: a good quiz, which everybody has from the beginning, and to pass what had failed before.
pub const QUIZ_XP: i64 = 25;
const NOT_BEATEN_XP: i64 = 20;
/// Runs of one learner: few enough that none is refused for being too many.
const RUNS: usize = 10;
const ATTEMPTS: usize = 3;

const ANSWER_QUIZ: &str = "mutation A($input: AnswerQuizInput!) { answerQuiz(input: $input) { __typename ... on AnswerQuizSuccess { passed } ... on UserError { code message } } }";
const RUN_CODE: &str = "mutation S($input: RunCodeInput!) { sent: runCode(input: $input) { __typename ... on RunCodeSuccess { submission { id } } ... on UserError { code message } } }";
const RUN_CHECKS: &str = "mutation S($input: RunChecksInput!) { sent: runChecks(input: $input) { __typename ... on RunChecksSuccess { submission { id } } ... on UserError { code message } } }";
const SUBMIT: &str = "mutation S($input: SubmitSolutionInput!) { sent: submitSolution(input: $input) { __typename ... on SubmitSolutionSuccess { submission { id } } ... on UserError { code message } } }";
const SUBMISSION: &str = "query S($id: ID!) { submission(id: $id) { status verdict } }";
const XP: &str = "query X { viewer { xp } }";

/// One thing to send, and how it must end.
#[derive(Clone, Debug)]
struct Plan {
    document: &'static str,
    input: Value,
    verdict: &'static str,
}

/// Something that the platform has accepted.
#[derive(Clone)]
pub struct Sent {
    pub learner: Learner,
    plan: Plan,
    pub id: String,
}

#[derive(Clone)]
pub struct Learner {
    api: Api,
    plans: Vec<Plan>,
}

/// As many learners as it takes, registered and with the quiz of the first lesson behind them.
pub async fn enrol(rng: &mut StdRng, api: &Api, submissions: usize) -> Vec<Learner> {
    let answers = quiz_answers();
    let mut learners = Vec::new();
    for first in (0..submissions).step_by(RUNS) {
        let api = api.register(first).await;
        let answered = api.ask(ANSWER_QUIZ, json!({"input": {"lessonSlug": LESSON, "answers": answers}})).await;
        assert_eq!(answered["answerQuiz"]["passed"], true, "{answered}");
        learners.push(Learner { api, plans: plans(rng, first, RUNS.min(submissions - first)) });
    }
    learners
}

fn plans(rng: &mut StdRng, first: usize, count: usize) -> Vec<Plan> {
    let mut plans: Vec<Plan> = (first..first + count)
        .map(|number| match number - first {
            index if index < ATTEMPTS => graded(rng, SUBMIT, number),
            index if index % 2 == 0 => graded(rng, RUN_CHECKS, number),
            _ => program(rng, number),
        })
        .collect();
    plans.shuffle(rng);
    plans
}

fn graded(rng: &mut StdRng, document: &'static str, number: usize) -> Plan {
    let (folder, verdict) = if rng.random_bool(0.4) { ("solution", "ACCEPTED") } else { ("wrong/brackets_lost", "WRONG_ANSWER") };
    let files = json!([{"path": "converter.py", "content": seed_file(&format!("challenge/{folder}/converter.py"))}]);
    let input = json!({"challengeSlug": CHALLENGE, "files": files, "clientRequestId": format!("request-{number}")});
    Plan { document, input, verdict }
}

fn program(rng: &mut StdRng, number: usize) -> Plan {
    let (exit_code, verdict) = if rng.random_bool(0.7) { (0, "ACCEPTED") } else { (3, "RUNTIME_ERROR") };
    let content = format!("for line in range(4):\n    print('line', line, 'of {number}', flush=True)\nraise SystemExit({exit_code})\n");
    let files = json!([{"path": "main.py", "content": content}]);
    let input = json!({"runtime": "PYTHON", "files": files, "clientRequestId": format!("request-{number}")});
    Plan { document: RUN_CODE, input, verdict }
}

fn seed_file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn quiz_answers() -> Vec<Value> {
    let quiz: toml::Value = toml::from_str(&seed_file("quiz.toml")).unwrap();
    let list = |value: &toml::Value, name: &str| value[name].as_array().unwrap().clone();
    let answer = |question: &toml::Value| {
        let correct = list(question, "options").into_iter().filter(|option| option["correct"].as_bool() == Some(true));
        let option_ids: Vec<String> = correct.map(|option| option["id"].as_str().unwrap().to_owned()).collect();
        json!({"questionId": question["id"].as_str().unwrap(), "optionIds": option_ids})
    };
    list(&quiz, "questions").iter().map(answer).collect()
}

impl Learner {
    pub fn token(&self) -> String {
        self.api.token.clone().expect("a learner is signed in")
    }

    /// What the rules give: the quiz, the first right attempt, less for each wrong one before it, and what passing it causes.
    pub fn xp(&self) -> i64 {
        let mut attempts = self.plans.iter().filter(|plan| plan.document == SUBMIT);
        let Some(wrong) = attempts.position(|plan| plan.verdict == "ACCEPTED") else { return QUIZ_XP };
        let percent = (100 - 10 * i64::try_from(wrong).unwrap()).max(50);
        CHALLENGE_POINTS * percent / 100 + FIRST_STEPS_XP + QUIZ_XP + if wrong > 0 { NOT_BEATEN_XP } else { 0 }
    }

    pub async fn xp_told(&self) -> i64 {
        let data = self.api.ask(XP, json!({})).await;
        data["viewer"]["xp"].as_i64().unwrap_or_else(|| panic!("no XP: {data}"))
    }

    /// Sends everything in its order, each until it is accepted, and hands on what was.
    pub async fn send_all(self, accepted: mpsc::UnboundedSender<Sent>) {
        for plan in self.plans.clone() {
            let id = self.send(&plan).await;
            accepted.send(Sent { learner: self.clone(), plan, id }).unwrap_or_else(|_| panic!("nobody listens any more"));
        }
    }

    async fn send(&self, plan: &Plan) -> String {
        let mut pace = pace();
        loop {
            pace.tick().await;
            let Some(data) = self.api.once(plan.document, &json!({"input": plan.input})).await else { continue };
            if let Some(id) = data["sent"]["submission"]["id"].as_str() {
                return id.to_owned();
            }
            // The attempt before this one has not ended yet.
            assert_eq!(data["sent"]["__typename"], "TooManyInFlight", "{data}");
        }
    }
}

impl Sent {
    /// It ends, with the verdict that the code deserves; sent again it is still the same one.
    pub async fn audit(&self) {
        assert_eq!(self.learner.send(&self.plan).await, self.id, "a request made two submissions");
        let mut pace = pace();
        let end = loop {
            pace.tick().await;
            let data = self.learner.api.ask(SUBMISSION, json!({"id": self.id})).await;
            match data["submission"]["status"].as_str() {
                Some("FINISHED") => break data,
                Some(_) => {}
                None => panic!("{} is lost: {data}", self.id),
            }
        };
        assert_eq!(end["submission"]["verdict"], self.plan.verdict, "{} {:?}", self.id, self.plan);
    }
}
