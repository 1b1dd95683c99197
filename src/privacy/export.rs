//! An export's text: one JSON object with a list for each table that names the account, as the rows are, without what is secret or ours.

use std::fmt::Write;

use serde_json::Value;

use super::store::{self, Export};
use crate::{
    accounts,
    app::App,
    db::{
        self, Conn,
        ids::{TypedId, UserId},
    },
    error::{Error, Result},
    jobs::Step,
    progress::notifications::{self, Note, NotificationKind},
};

/// Rows read at a time: each submission may bring a mebibyte of output.
const ROWS: usize = 10;
/// A part is closed when it is this long.
const PART_BYTES: usize = 256 * 1024;

/// A list of the export: its name, what its rows are made of (`t` is the table's row), and the rest of the statement after FROM; `$user` is the account.
struct List(&'static str, &'static str, &'static str);

/// Who else had a hand in a row is left out. Slugs and titles stand beside ids, so that a person can read it too.
const LISTS: &[List] = &[
    List("account", "to_jsonb(t) - '{password_hash,event_seq}'::text[]", "users t WHERE t.id = $user"),
    List("sessions", "to_jsonb(t)", "sessions t WHERE t.user_id = $user ORDER BY t.created_at"),
    List("settings", "to_jsonb(t)", "learner_settings t WHERE t.user_id = $user"),
    List("clocks", "to_jsonb(t)", "learner_clocks t WHERE t.user_id = $user ORDER BY t.since"),
    List(
        "lessons",
        "to_jsonb(t) || jsonb_build_object('lesson', l.slug)",
        "lesson_progress t JOIN lessons l ON l.id = t.lesson_id WHERE t.user_id = $user ORDER BY t.started_at",
    ),
    List(
        "quizAnswers",
        "to_jsonb(t) || jsonb_build_object('lesson', l.slug)",
        "quiz_attempts t JOIN quizzes q ON q.id = t.quiz_id JOIN lessons l ON l.id = q.lesson_id WHERE t.user_id = $user ORDER BY t.created_at",
    ),
    List(
        "challenges",
        "to_jsonb(t) || jsonb_build_object('challenge', c.slug)",
        "challenge_progress t JOIN challenges c ON c.id = t.challenge_id WHERE t.user_id = $user ORDER BY c.slug",
    ),
    List(
        "hints",
        "to_jsonb(t) || jsonb_build_object('challenge', c.slug)",
        "hint_reveals t JOIN challenges c ON c.id = t.challenge_id WHERE t.user_id = $user ORDER BY t.revealed_at",
    ),
    List(
        "drafts",
        "to_jsonb(t) || jsonb_build_object('challenge', c.slug)",
        "drafts t JOIN challenges c ON c.id = t.challenge_id WHERE t.user_id = $user ORDER BY c.slug",
    ),
    List("activities", "to_jsonb(t)", "activities t WHERE t.user_id = $user ORDER BY t.at"),
    List("xp", "to_jsonb(t)", "xp_entries t WHERE t.user_id = $user ORDER BY t.id"),
    List("achievements", "to_jsonb(t)", "user_achievements t WHERE t.user_id = $user ORDER BY t.unlocked_at"),
    List("streak", "to_jsonb(t)", "streaks t WHERE t.user_id = $user"),
    List("missions", "to_jsonb(t)", "mission_completions t WHERE t.user_id = $user ORDER BY t.completed_at"),
    List(
        "leaderboards",
        "to_jsonb(t) || jsonb_build_object('period', b.period, 'startsOn', b.starts_on)",
        "board_scores t JOIN boards b ON b.id = t.board_id WHERE t.user_id = $user ORDER BY b.starts_on, b.id",
    ),
    List(
        "squads",
        "to_jsonb(t) || jsonb_build_object('squad', s.name)",
        "squad_members t JOIN squads s ON s.id = t.squad_id WHERE t.user_id = $user ORDER BY t.joined_at",
    ),
    List(
        "groups",
        "to_jsonb(t) || jsonb_build_object('group', g.name)",
        "group_members t JOIN groups g ON g.id = t.group_id WHERE t.user_id = $user ORDER BY t.joined_at",
    ),
    List("ledGroups", "to_jsonb(t)", "groups t WHERE t.instructor_id = $user ORDER BY t.created_at"),
    List("certificates", "to_jsonb(t) - '{signature,revoked_by}'::text[]", "certificates t WHERE t.user_id = $user ORDER BY t.issued_at"),
    List("reportCards", "to_jsonb(t)", "report_cards t WHERE t.user_id = $user ORDER BY t.month"),
    List("notifications", "to_jsonb(t)", "notifications t WHERE t.user_id = $user ORDER BY t.created_at"),
    List("problemReports", "to_jsonb(t)", "problem_reports t WHERE t.user_id = $user ORDER BY t.created_at"),
    List("events", "to_jsonb(t)", "user_events t WHERE t.user_id = $user ORDER BY t.seq"),
];

/// The seed of a run's data would give hidden checks away, as would a rejudge that nobody has applied.
const SUBMISSIONS: List = List(
    "submissions",
    "to_jsonb(t) - '{seed,worker_id,lease_until,request_digest,generation,class,rank_at,final_seq,rejudge_of,traceparent}'::text[] || jsonb_build_object(
        'challenge', c.slug,
        'checks', (SELECT coalesce(jsonb_agg(to_jsonb(k) - '{submission_id}'::text[] ORDER BY k.position), '[]') FROM submission_checks k
            WHERE k.submission_id = t.id),
        'inputs', (SELECT coalesce(jsonb_agg(to_jsonb(i) - '{submission_id}'::text[] ORDER BY i.seq), '[]') FROM submission_inputs i
            WHERE i.submission_id = t.id))",
    "submissions t LEFT JOIN challenges c ON c.id = t.challenge_id
        WHERE t.user_id = $user AND t.kind IN ('SUBMISSION', 'CHECKS', 'RUN') ORDER BY t.created_at",
);

/// The tables that an export reads for an account, those of single submissions included.
pub const EXPORTED: &[&str] = &[
    "users",
    "sessions",
    "learner_settings",
    "learner_clocks",
    "lesson_progress",
    "quiz_attempts",
    "challenge_progress",
    "hint_reveals",
    "drafts",
    "activities",
    "xp_entries",
    "user_achievements",
    "streaks",
    "mission_completions",
    "board_scores",
    "squad_members",
    "group_members",
    "groups",
    "certificates",
    "report_cards",
    "notifications",
    "problem_reports",
    "user_events",
    "submissions",
    "submission_checks",
    "submission_inputs",
];

/// Draws an export up; the job's step. Done as well when it is gone or ready.
pub async fn step(app: &App, payload: Value) -> Result<Step> {
    let id = payload["account"].as_str().and_then(|text| uuid::Uuid::parse_str(text).ok());
    let user_id = UserId::from_uuid(id.ok_or_else(|| Error::broken("a job of an export names no account"))?);
    let mut conn = app.db.conn().await?;
    let written = db::transaction(&mut conn, async |conn| {
        store::freeze(conn).await?;
        let Some(export) = store::export(conn, user_id).await?.filter(|export| export.ready_at.is_none()) else { return Ok(None) };
        store::delete_parts(conn, user_id).await?;
        let bytes = Writer::new(user_id).write(conn, &export).await?;
        Ok(Some((export, bytes)))
    })
    .await?;
    let Some((export, bytes)) = written else { return Ok(Step::Done) };
    let now = app.clock.now();
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        if store::set_ready(conn, &export, bytes, now).await? {
            let note = Note {
                kind: NotificationKind::DataExportReady,
                title: "Your data is ready".to_owned(),
                body: "The copy of your data that you asked for can be fetched for seven days.".to_owned(),
            };
            notifications::notify(conn, now, user_id, note).await?;
        }
        Ok(())
    })
    .await?;
    app.outbox_bell.ring();
    Ok(Step::Done)
}

struct Writer {
    user_id: UserId,
    text: String,
    parts: i32,
    bytes: i64,
}

impl Writer {
    const fn new(user_id: UserId) -> Self {
        Self { user_id, text: String::new(), parts: 0, bytes: 0 }
    }

    /// Answers how long the whole is, in bytes.
    async fn write(mut self, conn: &mut Conn, export: &Export) -> Result<i64> {
        let _infallible = write!(self.text, "{{\"format\": 1,\n\"requestedAt\": \"{}\"", export.requested_at.to_rfc3339());
        for list in LISTS.iter().chain(export.with_submissions.then_some(&SUBMISSIONS)) {
            self.list(conn, list).await?;
        }
        self.text.push_str("\n}\n");
        self.close_part(conn).await?;
        Ok(self.bytes)
    }

    async fn list(&mut self, conn: &mut Conn, List(name, row, rest): &List) -> Result<()> {
        let user = format!("'{}'", self.user_id.uuid());
        store::open_cursor(conn, &format!("SELECT ({row})::text AS row FROM {}", rest.replace("$user", &user))).await?;
        let _infallible = write!(self.text, ",\n\"{name}\": [");
        let mut before = "\n";
        loop {
            let rows = store::fetch(conn, ROWS).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                self.text.push_str(before);
                self.text.push_str(&row);
                before = ",\n";
                if self.text.len() >= PART_BYTES {
                    self.close_part(conn).await?;
                }
            }
        }
        self.text.push(']');
        store::close_cursor(conn).await
    }

    async fn close_part(&mut self, conn: &mut Conn) -> Result<()> {
        store::insert_part(conn, self.user_id, self.parts, &self.text).await?;
        self.parts += 1;
        self.bytes += i64::try_from(self.text.len()).unwrap_or(i64::MAX);
        self.text.clear();
        Ok(())
    }
}
