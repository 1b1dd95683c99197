use serde_json::{Value, json};

use super::{ADMINS, CHALLENGE, Cast, EVERYBODY, LESSON, LOGGED_IN, Row, walk};
use crate::support::client::PASSWORD;

macro_rules! mutation {
    ($field:literal, $input:literal) => {
        concat!("mutation($input: ", $input, "!) { ", $field, "(input: $input) { __typename } }")
    };
}

fn solution(request: &str, viewer: usize) -> Value {
    let files = json!([{"path": "converter.py", "content": "x = 1"}]);
    json!({"input": {"challengeSlug": CHALLENGE, "files": files, "clientRequestId": format!("{request}-{viewer}")}})
}

fn lesson(_: &Cast, _: usize) -> Value {
    json!({"input": {"lessonSlug": LESSON}})
}

fn accounts() -> Vec<Row> {
    vec![
        Row {
            field: "register",
            document: mutation!("register", "RegisterInput"),
            variables: |_, viewer| {
                let email = format!("new-{viewer}@example.org");
                json!({"input": {"email": email, "password": PASSWORD, "displayName": "New", "timeZone": "UTC"}})
            },
            wanted: EVERYBODY,
        },
        Row {
            field: "login",
            document: mutation!("login", "LoginInput"),
            variables: |cast, _| json!({"input": {"email": cast.owner().email, "password": PASSWORD}}),
            wanted: EVERYBODY,
        },
        Row {
            field: "refreshSession",
            document: mutation!("refreshSession", "RefreshSessionInput"),
            variables: |_, _| json!({"input": {"refreshToken": "not one"}}),
            wanted: EVERYBODY,
        },
        Row {
            field: "setUserRole",
            document: mutation!("setUserRole", "SetUserRoleInput"),
            variables: |cast, _| json!({"input": {"userId": cast.victim.id, "role": "INSTRUCTOR", "granted": true}}),
            wanted: ADMINS,
        },
        Row {
            field: "reinstateUser",
            document: mutation!("reinstateUser", "ReinstateUserInput"),
            variables: |cast, _| json!({"input": {"userId": cast.victim.id}}),
            wanted: ADMINS,
        },
        Row {
            field: "suspendUser",
            document: mutation!("suspendUser", "SuspendUserInput"),
            variables: |cast, _| json!({"input": {"userId": cast.victim.id, "reason": "Sold answers."}}),
            wanted: ADMINS,
        },
        by_everybody_known("requestDataExport", mutation!("requestDataExport", "RequestDataExportInput"), |_, _| json!({"input": {}})),
        // A wrong one: the cast is needed further on.
        by_everybody_known(
            "deleteAccount",
            mutation!("deleteAccount", "DeleteAccountInput"),
            |_, _| json!({"input": {"password": "not the password"}}),
        ),
    ]
}

fn by_everybody_known(field: &'static str, document: &'static str, variables: fn(&Cast, usize) -> Value) -> Row {
    Row { field, document, variables, wanted: LOGGED_IN }
}

fn submissions() -> Vec<Row> {
    vec![
        by_everybody_known("submitSolution", mutation!("submitSolution", "SubmitSolutionInput"), |_, viewer| solution("submit", viewer)),
        Row {
            field: "runChecks",
            document: mutation!("runChecks", "RunChecksInput"),
            variables: |_, viewer| solution("checks", viewer),
            wanted: LOGGED_IN,
        },
        Row {
            field: "runCode",
            document: mutation!("runCode", "RunCodeInput"),
            variables: |_, viewer| {
                let files = json!([{"path": "main.py", "content": "print(1)"}]);
                json!({"input": {"runtime": "PYTHON", "files": files, "clientRequestId": format!("code-{viewer}")}})
            },
            wanted: LOGGED_IN,
        },
        Row {
            field: "sendInput",
            document: mutation!("sendInput", "SendInputInput"),
            variables: |cast, _| json!({"input": {"submissionId": cast.queued, "text": "x"}}),
            wanted: ["UNAUTHENTICATED", "ok", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
        },
        Row {
            field: "cancelSubmission",
            document: mutation!("cancelSubmission", "CancelSubmissionInput"),
            variables: |cast, _| json!({"input": {"submissionId": cast.queued}}),
            wanted: ["UNAUTHENTICATED", "ok", "NOT_FOUND", "NOT_FOUND", "ok"],
        },
        Row {
            field: "rejudgeSubmission",
            document: mutation!("rejudgeSubmission", "RejudgeSubmissionInput"),
            variables: |cast, _| json!({"input": {"submissionId": cast.attempt}}),
            wanted: ADMINS,
        },
        Row {
            field: "startRejudge",
            document: mutation!("startRejudge", "StartRejudgeInput"),
            variables: |_, _| json!({"input": {"challengeSlug": CHALLENGE}}),
            wanted: ADMINS,
        },
        Row {
            field: "applyRejudge",
            document: mutation!("applyRejudge", "ApplyRejudgeInput"),
            variables: |cast, _| json!({"input": {"rejudgeId": cast.rejudge}}),
            wanted: ADMINS,
        },
        Row {
            field: "discardRejudge",
            document: mutation!("discardRejudge", "DiscardRejudgeInput"),
            variables: |cast, _| json!({"input": {"rejudgeId": cast.rejudge}}),
            wanted: ADMINS,
        },
        Row {
            field: "saveDraft",
            document: mutation!("saveDraft", "SaveDraftInput"),
            variables: |_, _| json!({"input": {"challengeSlug": CHALLENGE, "files": [{"path": "converter.py", "content": ""}]}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "resetDraft",
            document: mutation!("resetDraft", "ResetDraftInput"),
            variables: |_, _| json!({"input": {"challengeSlug": CHALLENGE}}),
            wanted: LOGGED_IN,
        },
    ]
}

fn progress() -> Vec<Row> {
    vec![
        Row { field: "startLesson", document: mutation!("startLesson", "StartLessonInput"), variables: lesson, wanted: LOGGED_IN },
        Row {
            field: "heartbeatLesson",
            document: mutation!("heartbeatLesson", "HeartbeatLessonInput"),
            variables: lesson,
            wanted: LOGGED_IN,
        },
        Row { field: "completeLesson", document: mutation!("completeLesson", "CompleteLessonInput"), variables: lesson, wanted: LOGGED_IN },
        Row {
            field: "answerQuiz",
            document: mutation!("answerQuiz", "AnswerQuizInput"),
            variables: |_, _| json!({"input": {"lessonSlug": LESSON, "answers": []}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "revealHint",
            document: mutation!("revealHint", "RevealHintInput"),
            variables: |_, _| json!({"input": {"challengeSlug": CHALLENGE}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "reportProblem",
            document: mutation!("reportProblem", "ReportProblemInput"),
            variables: |_, _| json!({"input": {"itemId": "lesson_01m818nkjzfm0byqhs5qkrc5jy", "message": "A typo."}}),
            wanted: ["UNAUTHENTICATED", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
        },
    ]
}

fn certificates_and_groups() -> Vec<Row> {
    // Whoever may lead it; who is in it knows of it and may not.
    let leaders = ["UNAUTHENTICATED", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "ok"];
    vec![
        Row {
            field: "revokeCertificate",
            document: mutation!("revokeCertificate", "RevokeCertificateInput"),
            variables: |cast, _| json!({"input": {"certificateId": cast.certificate, "reason": "Bought."}}),
            wanted: ADMINS,
        },
        Row {
            field: "createGroup",
            document: mutation!("createGroup", "CreateGroupInput"),
            variables: |_, _| json!({"input": {"name": "Mine"}}),
            wanted: ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "ok", "FORBIDDEN"],
        },
        Row {
            field: "rotateGroupCode",
            document: mutation!("rotateGroupCode", "RotateGroupCodeInput"),
            variables: |cast, _| json!({"input": {"groupId": cast.group[0]}}),
            wanted: leaders,
        },
        // A refusal is an answer.
        Row {
            field: "joinGroup",
            document: mutation!("joinGroup", "JoinGroupInput"),
            variables: |_, _| json!({"input": {"invitationCode": "none"}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "leaveGroup",
            document: mutation!("leaveGroup", "LeaveGroupInput"),
            variables: |cast, viewer| json!({"input": {"groupId": cast.spare[viewer][0]}}),
            wanted: ["UNAUTHENTICATED", "ok", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
        },
        Row {
            field: "removeGroupMember",
            document: mutation!("removeGroupMember", "RemoveGroupMemberInput"),
            variables: |cast, viewer| json!({"input": {"memberId": cast.spare[viewer][1]}}),
            wanted: leaders,
        },
        Row {
            field: "deleteGroup",
            document: mutation!("deleteGroup", "DeleteGroupInput"),
            variables: |cast, viewer| json!({"input": {"groupId": cast.spare[viewer][0]}}),
            wanted: leaders,
        },
    ]
}

fn learning() -> Vec<Row> {
    vec![
        Row {
            field: "updateLearningSettings",
            document: mutation!("updateLearningSettings", "UpdateLearningSettingsInput"),
            variables: |_, _| json!({"input": {"dailyXpGoal": 60}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "markNotificationsRead",
            document: mutation!("markNotificationsRead", "MarkNotificationsReadInput"),
            variables: |_, _| json!({"input": {}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "correctXp",
            document: mutation!("correctXp", "CorrectXpInput"),
            variables: |cast, viewer| {
                let input =
                    json!({"userId": cast.victim.id, "amount": 5, "reason": "Found a typo.", "clientRequestId": viewer.to_string()});
                json!({"input": input})
            },
            wanted: ADMINS,
        },
        Row {
            field: "createSquad",
            document: mutation!("createSquad", "CreateSquadInput"),
            variables: |_, _| json!({"input": {"name": "Night owls", "weeklyXpGoal": 500}}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "joinSquad",
            document: mutation!("joinSquad", "JoinSquadInput"),
            variables: |_, _| json!({"input": {"code": "aaaaaaaaaaaa"}}),
            wanted: ["UNAUTHENTICATED", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
        },
        Row {
            field: "leaveSquad",
            document: mutation!("leaveSquad", "LeaveSquadInput"),
            variables: |_, _| json!({"input": {"squadId": "squad_01h455vb4pex5vsknk084sn02q"}}),
            wanted: ["UNAUTHENTICATED", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
        },
    ]
}

#[tokio::test]
async fn every_mutation_obeys_whom_it_should() {
    let cast = Cast::assemble().await;
    let mut rows = accounts();
    rows.extend(submissions());
    rows.extend(progress());
    rows.extend(learning());
    rows.extend(certificates_and_groups());
    // The last thing that anybody does.
    rows.push(Row { field: "logout", document: "mutation { logout { __typename } }", variables: |_, _| json!({}), wanted: LOGGED_IN });
    walk(&cast, "Mutation", &rows).await;
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let cast = Cast::assemble().await;
    let look = "query($id: ID!) { submission(id: $id) { status verdict } }";
    let before = cast.owner().query(look, json!({"id": cast.queued})).await;
    assert_eq!(before["submission"], json!({"status": "QUEUED", "verdict": null}));
    for client in [&cast.clients[0], &cast.clients[2], &cast.clients[3]] {
        let input = json!({"input": {"submissionId": cast.queued}});
        let answer = client.query_raw(mutation!("cancelSubmission", "CancelSubmissionInput"), input).await;
        assert!(["UNAUTHENTICATED", "NOT_FOUND"].contains(&answer.code()));
        let role = json!({"input": {"userId": client.id, "role": "ADMIN", "granted": true}});
        let answer = client.query_raw(mutation!("setUserRole", "SetUserRoleInput"), role).await;
        assert!(["UNAUTHENTICATED", "FORBIDDEN"].contains(&answer.code()));
    }
    assert_eq!(cast.owner().query(look, json!({"id": cast.queued})).await, before);
    let roles = cast.clients[2].query("{ viewer { roles } }", json!({})).await;
    assert_eq!(roles["viewer"]["roles"], json!(["LEARNER"]));
}
