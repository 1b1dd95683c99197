//! What learners do in every story, through the public door.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{TestApp, client::Client, ws::Socket};

pub const TRACK: &str = "python";
pub const LESSON: &str = "python-variables-and-types";
pub const NEXT_LESSON: &str = "python-control-flow-and-loops";
/// The challenge of the first lesson: 80 points, and what it takes.
pub const CHALLENGE: &str = "python-temperature-converter";
pub const FILE: &str = "converter.py";
/// The challenge of the second lesson, and what it takes.
pub const NEXT_CHALLENGE: &str = "python-even-numbers";
pub const NEXT_FILE: &str = "evens.py";

const ANSWER_QUIZ: &str = include_str!("../../../graphql/progress/AnswerQuiz.graphql");
const PROGRESS: &str = include_str!("../../../graphql/progress/Progress.graphql");
const VIEWER_EVENTS: &str = include_str!("../../../graphql/progress/ViewerEvents.graphql");
const SUBMIT_SOLUTION: &str = include_str!("../../../graphql/submissions/SubmitSolution.graphql");
const RUN_CODE: &str = include_str!("../../../graphql/submissions/RunCode.graphql");
const SUBMISSION: &str = include_str!("../../../graphql/submissions/Submission.graphql");
const SUBMISSION_EVENTS: &str = include_str!("../../../graphql/submissions/SubmissionEvents.graphql");

/// Every question of the first lesson's quiz with the options that are correct.
pub const ANSWERS: &[(&str, &[&str])] = &[
    ("join-or-add", &["text"]),
    ("second-name", &["ten"]),
    ("average-brackets", &["tens"]),
    ("float-equality", &["tolerance"]),
    ("which-are-float", &["true-division", "conversion"]),
    ("reviewing-conversion", &["floor", "anchors-pass", "rounds"]),
];

/// The same of the second lesson's.
pub const NEXT_ANSWERS: &[(&str, &[&str])] = &[
    ("inclusive-range", &["three-seven"]),
    ("early-else", &["false"]),
    ("zero-reading", &["zero"]),
    ("trace-while", &["three"]),
    ("test-inputs", &["all-negative", "empty"]),
    ("truthy", &["text-false", "or-three", "minus-one"]),
];

/// As the API takes them.
pub fn answers(chosen: &[(&str, &[&str])]) -> Value {
    chosen.iter().map(|(question, options)| json!({"questionId": question, "optionIds": options})).collect()
}

impl Client {
    /// The payload of `answerQuiz`.
    pub async fn answer_quiz(&self, lesson: &str, answers: Value) -> Value {
        let input = json!({"lessonSlug": lesson, "answers": answers});
        self.query(ANSWER_QUIZ, json!({"input": input})).await["answerQuiz"].clone()
    }

    /// Opens the first challenge.
    pub async fn pass_the_quiz(&self) {
        let graded = self.answer_quiz(LESSON, answers(ANSWERS)).await;
        assert_eq!(graded["score"], 100, "{graded}");
    }

    /// The payload of `submitSolution` for the first challenge.
    pub async fn submit_as(&self, content: &str, request_id: &str) -> Value {
        self.submit_to(CHALLENGE, FILE, content, request_id).await
    }

    pub async fn submit_to(&self, challenge: &str, path: &str, content: &str, request_id: &str) -> Value {
        let files = json!([{"path": path, "content": content}]);
        let input = json!({"challengeSlug": challenge, "files": files, "clientRequestId": request_id});
        self.query(SUBMIT_SOLUTION, json!({"input": input})).await["submitSolution"].clone()
    }

    /// The id of a new attempt at the first challenge.
    pub async fn submit(&self, content: &str) -> String {
        queued(&self.submit_as(content, &new_request_id()).await)
    }

    /// The payload of `runCode` for `main.py`.
    pub async fn try_to_run(&self, content: &str) -> Value {
        let files = json!([{"path": "main.py", "content": content}]);
        let input = json!({"runtime": "PYTHON", "files": files, "clientRequestId": new_request_id()});
        self.query(RUN_CODE, json!({"input": input})).await["runCode"].clone()
    }

    /// The id of a new playground run.
    pub async fn run(&self, content: &str) -> String {
        queued(&self.try_to_run(content).await)
    }

    /// As `submission(id)` shows it.
    pub async fn submission(&self, id: &str) -> Value {
        self.query(SUBMISSION, json!({"id": id})).await["submission"].clone()
    }

    pub async fn progress(&self) -> Value {
        self.query(PROGRESS, json!({"trackSlug": TRACK})).await["viewer"].clone()
    }

    pub async fn xp(&self) -> i64 {
        self.progress().await["xp"].as_i64().unwrap()
    }

    /// The same account after it has logged in once more: a session knows the plan it began with for a moment.
    pub async fn again(&self, app: &TestApp) -> Self {
        let document = include_str!("../../../graphql/accounts/Login.graphql");
        let input = json!({"email": self.email, "password": super::client::PASSWORD});
        self.signed_in(&app.anonymous().query(document, json!({"input": input})).await["login"])
    }

    pub async fn socket(&self, app: &TestApp) -> Socket {
        Socket::init(app.address, Some(self.token())).await
    }

    /// Follows a submission on a socket of its own from the beginning to the end.
    pub async fn follow(&self, app: &TestApp, id: &str) -> Vec<Value> {
        self.follow_after(app, id, None).await
    }

    /// The same from a cursor on.
    pub async fn follow_after(&self, app: &TestApp, id: &str, after: Option<&Value>) -> Vec<Value> {
        let mut socket = self.socket(app).await;
        let stream = socket.submission_events(id, after).await;
        let mut events = Vec::new();
        while let Some(event) = socket.event(&stream).await {
            events.push(event);
        }
        socket.leave().await;
        events
    }

    /// Waits for the end of a submission, as it is stored.
    pub async fn end(&self, app: &TestApp, id: &str) -> Value {
        let events = self.follow(app, id).await;
        assert_eq!(names(&events).last(), Some(&"SubmissionFinished"), "{events:#?}");
        events.last().unwrap()["submission"].clone()
    }

    /// An attempt at the first challenge from its submission to its end.
    pub async fn attempt(&self, app: &TestApp, content: &str) -> Value {
        let id = self.submit(content).await;
        self.end(app, &id).await
    }
}

impl Socket {
    pub async fn submission_events(&mut self, id: &str, after: Option<&Value>) -> String {
        self.subscribe(SUBMISSION_EVENTS, json!({"submissionId": id, "after": after})).await
    }

    pub async fn viewer_events(&mut self, after: Option<&Value>) -> String {
        self.subscribe(VIEWER_EVENTS, json!({"after": after})).await
    }

    /// The next event of a stream, without the name of the root field.
    pub async fn event(&mut self, stream: &str) -> Option<Value> {
        let data = self.next(stream).await?;
        data.as_object().and_then(|data| data.values().next()).cloned()
    }

    /// So many events; fails when the stream ends before.
    pub async fn events(&mut self, stream: &str, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.event(stream).await.unwrap_or_else(|| panic!("the stream ended after {events:#?}")));
        }
        events
    }

    /// The code with which a subscription was refused.
    pub async fn refusal(&mut self, stream: &str) -> String {
        let message = self.message(stream).await;
        let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
        errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no refusal: {message}")).to_owned()
    }
}

pub fn new_request_id() -> String {
    Uuid::new_v4().to_string()
}

/// The id of what was queued; fails for refusals.
#[track_caller]
pub fn queued(payload: &Value) -> String {
    payload["submission"]["id"].as_str().unwrap_or_else(|| panic!("refused: {payload}")).to_owned()
}

/// The types of events.
pub fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["__typename"].as_str().unwrap()).collect()
}

/// Their numbers.
pub fn seqs(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}
