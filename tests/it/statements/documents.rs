//! What each document of `graphql/` may cost, in SQL statements: of a subscription, those up to its first event. A document without a
//! row fails.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use super::{Costs, cast::Cast};
use crate::support::{
    client::{Client, PASSWORD},
    learning::{ANSWERS, CHALLENGE, FILE, LESSON, TRACK, answers},
};

/// A document, who sends it, its variables, and the statements it may take.
type Row<'a> = (&'static str, &'a Client, Value, usize);

fn accounts(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, vic, root, anonymous, .. } = cast;
    let register = json!({"email": "new@example.org", "password": PASSWORD, "displayName": "New", "timeZone": "UTC"});
    let role = json!({"userId": vic.id, "role": "INSTRUCTOR", "granted": true});
    vec![
        ("accounts/Account", ada, json!({"id": ada.id}), 1),
        ("accounts/Viewer", ada, json!({}), 1),
        ("accounts/Users", root, json!({"search": null, "first": 20, "after": null}), 1),
        ("accounts/Register", anonymous, json!({"input": register}), 4),
        ("accounts/Login", anonymous, json!({"input": {"email": vic.email, "password": PASSWORD}}), 5),
        ("accounts/RefreshSession", anonymous, json!({"input": {"refreshToken": vic.refresh_token}}), 7),
        ("accounts/SetUserRole", root, json!({"input": role}), 5),
        ("accounts/SuspendUser", root, json!({"input": {"userId": vic.id, "reason": "Sold answers."}}), 5),
        ("accounts/ReinstateUser", root, json!({"input": {"userId": vic.id}}), 3),
    ]
}

fn boards(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, bea, squad: [squad, code], .. } = cast;
    let everyone = || json!({"scope": {"everyone": true}, "period": "WEEK", "first": 10, "after": null});
    vec![
        ("boards/CreateSquad", ada, json!({"input": {"name": "Lanterns", "weeklyXpGoal": 300}}), 7),
        ("boards/JoinSquad", bea, json!({"input": {"code": code}}), 8),
        ("boards/Squads", bea, json!({}), 4),
        ("boards/LeaveSquad", bea, json!({"input": {"squadId": squad}}), 4),
        ("boards/Leaderboard", ada, everyone(), 6),
        ("boards/LeaderboardEvents", ada, everyone(), 11),
    ]
}

fn classroom(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, bea, lea, group: [group, member], group_code, spare: [deleted, left], month, .. } = cast;
    let of = |group: &str| json!({"input": {"groupId": group}});
    vec![
        ("classroom/CreateGroup", lea, json!({"input": {"name": "G"}}), 3),
        ("classroom/JoinGroup", bea, json!({"input": {"invitationCode": group_code}}), 8),
        ("classroom/Groups", ada, json!({}), 2),
        ("classroom/Group", lea, json!({"id": group, "first": 50, "after": null, "trackSlug": TRACK}), 11),
        ("classroom/GroupMember", lea, json!({"id": member, "month": month, "first": 20}), 29),
        ("classroom/LeaveGroup", bea, of(group), 3),
        ("classroom/RotateGroupCode", lea, of(group), 2),
        ("classroom/RemoveGroupMember", lea, json!({"input": {"memberId": left[1]}}), 3),
        ("classroom/DeleteGroup", lea, of(&deleted[0]), 2),
    ]
}

fn curriculum(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, items: [track, lesson, challenge], .. } = cast;
    vec![
        ("curriculum/Challenge", ada, json!({"slug": CHALLENGE}), 4),
        ("curriculum/CurriculumNodes", ada, json!({"id": lesson, "ids": [track, challenge]}), 3),
        ("curriculum/Lesson", ada, json!({"slug": LESSON}), 11),
        ("curriculum/Track", ada, json!({"slug": TRACK}), 7),
        ("curriculum/Tracks", ada, json!({"first": 10, "after": null}), 2),
    ]
}

fn progress(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, bea, root, items, .. } = cast;
    let lesson = || json!({"input": {"lessonSlug": LESSON}});
    let correct = json!({"userId": bea.id, "amount": 5, "reason": "Helped.", "clientRequestId": "correct"});
    let page = || json!({"unreadOnly": false, "first": 20, "after": null});
    vec![
        ("progress/StartLesson", bea, lesson(), 23),
        ("progress/HeartbeatLesson", bea, lesson(), 18),
        ("progress/AnswerQuiz", bea, json!({"input": {"lessonSlug": LESSON, "answers": answers(ANSWERS)}}), 57),
        ("progress/CompleteLesson", bea, lesson(), 18),
        ("progress/CorrectXp", root, json!({"input": correct}), 29),
        ("progress/Dashboard", ada, json!({}), 9),
        ("progress/LearningSettings", ada, json!({}), 2),
        ("progress/UpdateLearningSettings", ada, json!({"input": {"dailyXpGoal": 60}}), 6),
        ("progress/Locks", ada, json!({"trackSlug": TRACK}), 16),
        ("progress/Notifications", bea, page(), 2),
        ("progress/MarkNotificationsRead", bea, json!({"input": {"notificationIds": null}}), 2),
        ("progress/Progress", ada, json!({"trackSlug": TRACK}), 8),
        ("progress/ReportProblem", ada, json!({"input": {"itemId": items[2], "message": "A typing error."}}), 3),
        ("progress/RevealHint", ada, json!({"input": {"challengeSlug": CHALLENGE}}), 9),
        ("progress/Streak", ada, json!({}), 6),
        ("progress/ViewerEvents", ada, json!({"after": null}), 4),
        ("progress/XpEntries", bea, page(), 2),
    ]
}

fn documents(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { ada, root, certificate, month, .. } = cast;
    vec![
        ("certificates/Certificates", ada, json!({}), 2),
        ("certificates/VerifyCertificate", &cast.anonymous, json!({"code": "AAAAA-BBBBB-CCCCC-DDDDD"}), 1),
        ("certificates/RevokeCertificate", root, json!({"input": {"certificateId": certificate, "reason": "Bought."}}), 8),
        ("reports/ReportCard", ada, json!({"month": month}), 11),
        ("reports/ReportCards", ada, json!({"first": 20, "after": null}), 1),
        ("reports/Transcript", ada, json!({}), 11),
        ("privacy/RequestDataExport", ada, json!({"input": {}}), 5),
        ("privacy/DataExport", ada, json!({}), 1),
    ]
}

fn submissions<'a>(cast: &'a Cast, costs: &Costs) -> Vec<Row<'a>> {
    let Cast { ada, root, rejudges: [applied, discarded], .. } = cast;
    let [attempt, queued] = &costs.submissions;
    let files = || json!([{"path": FILE, "content": "x = 2"}]);
    let graded = |name: &str| json!({"input": {"challengeSlug": CHALLENGE, "files": files(), "clientRequestId": name}});
    let code = json!({"runtime": "PYTHON", "files": [{"path": "main.py", "content": "print(1)"}], "clientRequestId": "code"});
    let challenge = || json!({"input": {"challengeSlug": CHALLENGE}});
    let page = json!({"challengeSlug": null, "first": 20, "after": null, "last": null, "before": null});
    vec![
        ("submissions/SubmitSolution", ada, graded("submit"), 11),
        ("submissions/RunChecks", ada, graded("checks"), 9),
        ("submissions/RunCode", ada, json!({"input": code}), 5),
        ("submissions/SendInput", ada, json!({"input": {"submissionId": costs.typed, "text": "x", "clientRequestId": "x"}}), 4),
        ("submissions/Submission", ada, json!({"id": attempt}), 4),
        ("submissions/SubmissionEvents", ada, json!({"submissionId": queued, "after": null}), 5),
        ("submissions/MySubmissions", ada, page, 1),
        ("submissions/CancelSubmission", ada, json!({"input": {"submissionId": queued}}), 2),
        ("submissions/SaveDraft", ada, json!({"input": {"challengeSlug": CHALLENGE, "files": files()}}), 3),
        ("submissions/Drafts", ada, json!({}), 2),
        ("submissions/ResetDraft", ada, challenge(), 2),
        ("submissions/RejudgeSubmission", root, json!({"input": {"submissionId": attempt}}), 5),
        ("submissions/Rejudges", root, json!({"first": 20, "after": null}), 2),
        ("submissions/Rejudge", root, json!({"id": applied, "changedOnly": false, "first": 20, "after": null}), 5),
        ("submissions/ApplyRejudge", root, json!({"input": {"rejudgeId": applied}}), 3),
        ("submissions/DiscardRejudge", root, json!({"input": {"rejudgeId": discarded}}), 3),
        ("submissions/StartRejudge", root, json!({"input": {"challengeSlug": "python-even-numbers"}}), 6),
    ]
}

/// What ends somebody's session.
fn leaving(cast: &Cast) -> Vec<Row<'_>> {
    let Cast { bea, lea, .. } = cast;
    vec![("accounts/Logout", lea, json!({"input": null}), 1), ("privacy/DeleteAccount", bea, json!({"input": {"password": PASSWORD}}), 13)]
}

/// The statements of a document that does what it is there for.
async fn statements(costs: &Costs, (path, client, variables, _): &Row<'_>) -> Vec<String> {
    let source =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("graphql").join(path).with_extension("graphql")).unwrap();
    if source.contains("subscription ") {
        let mut socket = client.socket(&costs.app).await;
        costs.counter.take();
        let stream = socket.subscribe(&source, variables.clone()).await;
        assert!(socket.event(&stream).await.is_some(), "{path}");
        let took = costs.counter.take();
        socket.leave().await;
        return took;
    }
    let changes = source.contains("mutation ");
    if !changes {
        // Bodies of the curriculum are in memory from the second time on.
        client.query(&source, variables.clone()).await;
    }
    costs.counter.take();
    let data = client.query(&source, variables.clone()).await;
    let took = costs.counter.take();
    if changes {
        let payload = data.as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
        assert!(payload["__typename"].as_str().is_some_and(|name| name.ends_with("Success")), "{path}: {payload}");
    }
    took
}

#[tokio::test]
async fn every_document_keeps_to_its_statements() {
    let costs = Costs::start().await;
    let cast = Cast::assemble(&costs).await;
    let mut table = [accounts(&cast), boards(&cast), classroom(&cast), curriculum(&cast), progress(&cast), documents(&cast)].concat();
    table.extend(submissions(&cast, &costs));
    table.extend(leaving(&cast));
    let mut wrong = Vec::new();
    for row in &table {
        let (took, wanted) = (statements(&costs, row).await, row.3);
        if took.len() > wanted {
            wrong.push(format!("{}: {} statements, and {wanted} are allowed: {took:#?}", row.0, took.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("graphql");
    let all = walkdir::WalkDir::new(&root).into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    let all = all.filter(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    let all: BTreeSet<String> =
        all.map(|path| path.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().into_owned()).collect();
    let listed: BTreeSet<String> = table.iter().map(|row| row.0.to_owned()).collect();
    pretty_assertions::assert_eq!(listed, all, "every document has a row");
    assert_eq!(listed.len(), table.len(), "a document has two rows");
}
