//! The whole way down to real cells.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{RUN_CODE, cancel, run_checks};
use crate::support::{
    TestApp,
    learning::{new_request_id, queued},
};

const RIGHT: &str =
    include_str!("../../../seeds/tracks/python/01-python-basics/01-variables-and-data-types/challenge/solution/converter.py");
const WRONG: &str =
    include_str!("../../../seeds/tracks/python/01-python-basics/01-variables-and-data-types/challenge/wrong/rounds_early/converter.py");

fn status<'a>(end: &'a Value, check: &str) -> &'a Value {
    let checks = end["checks"].as_array().unwrap();
    &checks.iter().find(|found| found["id"] == check).unwrap()["status"]
}

#[tokio::test]
async fn a_learner_fails_looks_again_and_passes() {
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    // A syntax error is nothing to judge.
    let broken = ada.attempt(&app, "def to_fahrenheit(:\n").await;
    assert_eq!((&broken["verdict"], &broken["usesAttempt"]), (&json!("NOT_GRADABLE"), &json!(false)));
    assert!(broken["detail"].as_str().is_some_and(|detail| detail.contains("line 1")), "{broken}");
    // The visible checks are content with what the hidden ones are not.
    let visible = ada.end(&app, &queued(&run_checks(&ada, WRONG).await)).await;
    assert_eq!((&visible["verdict"], visible["checks"].as_array().unwrap().len()), (&json!("ACCEPTED"), 5));
    let wrong = ada.attempt(&app, WRONG).await;
    assert_eq!((&wrong["verdict"], &wrong["attempt"]), (&json!("WRONG_ANSWER"), &json!(1)));
    assert_eq!(
        (status(&wrong, "test_water_freezes_and_boils"), status(&wrong, "test_fahrenheit_for_any_reading")),
        (&json!("PASSED"), &json!("FAILED"))
    );
    let right = ada.attempt(&app, RIGHT).await;
    assert_eq!((&right["verdict"], &right["score"], &right["attempt"]), (&json!("ACCEPTED"), &json!(80), &json!(2)), "{right}");
    // First steps, the quiz of the day, and to pass what had failed.
    assert_eq!(ada.xp().await, 72 + 50 + 25 + 20);
    app.stop().await;
}

#[tokio::test]
async fn a_playground_run_has_its_arguments_its_input_and_its_exit_code() {
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    let main = "import sys, talk\nprint(talk.greet(sys.argv[1:]))\nprint(input() + '!', file=sys.stderr)\nsys.exit(3)\n";
    let talk = "def greet(names):\n    return ' and '.join(names)\n";
    let input = json!({
        "runtime": "PYTHON",
        "files": [{"path": "start.py", "content": main}, {"path": "talk.py", "content": talk}],
        "entry": "start.py",
        "args": ["Ada", "Grace Hopper"],
        "stdin": "grüße\n",
        "clientRequestId": new_request_id(),
    });
    let run = ada.query(RUN_CODE, json!({"input": input})).await["runCode"].clone();
    let end = ada.end(&app, &queued(&run)).await;
    assert_eq!(end["output"], json!({"stdout": "Ada and Grace Hopper\n", "stderr": "grüße!\n", "truncated": false}));
    assert_eq!(
        (&end["verdict"], &end["exitCode"], &end["score"], &end["checks"]),
        (&json!("RUNTIME_ERROR"), &json!(3), &json!(null), &json!([]))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_busy_loop_is_killed_when_its_learner_says_so() {
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    let id = ada.run("print('begun', flush=True)\nwhile True:\n    pass\n").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    loop {
        let event = socket.event(&stream).await.unwrap();
        let printed = [&event["text"], &event["submission"]["output"]["stdout"]];
        if printed.iter().any(|text| text.as_str().is_some_and(|text| text.contains("begun"))) {
            break;
        }
    }
    assert_eq!(cancel(&ada, &id).await["__typename"], "CancelSubmissionSuccess");
    let end = socket.event(&stream).await.unwrap();
    assert_eq!((&end["__typename"], &end["submission"]["verdict"]), (&json!("SubmissionFinished"), &json!("CANCELLED")));
    assert_eq!((&end["submission"]["output"]["stdout"], &end["submission"]["exitCode"]), (&json!("begun\n"), &json!(null)));
    app.stop().await;
}
