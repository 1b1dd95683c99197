// Mirrors the migrations; a test compares it with the migrated database.

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        display_name -> Text,
        time_zone -> Text,
        password_hash -> Nullable<Text>,
        roles -> Array<Text>,
        plan -> Text,
        suspended_at -> Nullable<Timestamptz>,
        suspension_reason -> Nullable<Text>,
        event_seq -> BigInt,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoked_because -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Uuid,
        session_id -> Uuid,
        token_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    user_events (user_id, seq) {
        user_id -> Uuid,
        seq -> BigInt,
        kind -> Text,
        payload -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        topic -> Text,
        seq -> BigInt,
        payload -> Jsonb,
        created_at -> Timestamptz,
        published_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tracks (id) {
        id -> Uuid,
        slug -> Text,
        title -> Text,
        summary -> Text,
        position -> Integer,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    modules (id) {
        id -> Uuid,
        track_id -> Uuid,
        slug -> Text,
        title -> Text,
        summary -> Text,
        number -> Integer,
        xp -> Integer,
        position -> Integer,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    content_versions (id) {
        id -> Uuid,
        item_id -> Uuid,
        kind -> Text,
        number -> Integer,
        digest -> Text,
        body -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    lessons (id) {
        id -> Uuid,
        module_id -> Uuid,
        slug -> Text,
        title -> Text,
        summary -> Text,
        minutes -> Integer,
        position -> Integer,
        version_id -> Uuid,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    quizzes (id) {
        id -> Uuid,
        lesson_id -> Uuid,
        version_id -> Uuid,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    challenges (id) {
        id -> Uuid,
        module_id -> Uuid,
        lesson_id -> Nullable<Uuid>,
        slug -> Text,
        title -> Text,
        summary -> Text,
        difficulty -> Text,
        points -> Integer,
        minutes -> Integer,
        runtime -> Text,
        red_team -> Bool,
        position -> Integer,
        version_id -> Uuid,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    submissions (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        challenge_id -> Nullable<Uuid>,
        content_version_id -> Nullable<Uuid>,
        rejudge_of -> Nullable<Uuid>,
        runtime -> Text,
        client_request_id -> Text,
        request_digest -> Bytea,
        attempt -> Nullable<Integer>,
        files -> Jsonb,
        entry -> Nullable<Text>,
        args -> Jsonb,
        stdin -> Text,
        seed -> BigInt,
        status -> Text,
        class -> SmallInt,
        generation -> Integer,
        lease_until -> Nullable<Timestamptz>,
        worker_id -> Nullable<Text>,
        cell_faults -> Integer,
        lease_expiries -> Integer,
        cancel_requested_at -> Nullable<Timestamptz>,
        verdict -> Nullable<Text>,
        score -> Nullable<Integer>,
        max_score -> Nullable<Integer>,
        stdout -> Text,
        stderr -> Text,
        output_truncated -> Bool,
        exit_code -> Nullable<Integer>,
        detail -> Nullable<Text>,
        uses_attempt -> Bool,
        final_seq -> Nullable<BigInt>,
        cpu_ms -> Nullable<BigInt>,
        wall_ms -> Nullable<BigInt>,
        peak_memory_kib -> Nullable<BigInt>,
        created_at -> Timestamptz,
        queued_at -> Timestamptz,
        rank_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        stdin_open -> Bool,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    submission_inputs (submission_id, seq) {
        submission_id -> Uuid,
        seq -> Integer,
        text -> Text,
        ends -> Bool,
        client_request_id -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    submission_checks (submission_id, position) {
        submission_id -> Uuid,
        position -> Integer,
        check_id -> Text,
        title -> Text,
        status -> Text,
        points -> Integer,
        max_points -> Integer,
        visibility -> Text,
        message -> Nullable<Text>,
        expected -> Nullable<Text>,
        actual -> Nullable<Text>,
        cpu_ms -> Nullable<BigInt>,
        wall_ms -> Nullable<BigInt>,
        peak_memory_kib -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        kind -> Text,
        payload -> Jsonb,
        run_at -> Timestamptz,
        claims -> Integer,
        failures -> Integer,
        lease_until -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        given_up_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    publications (number) {
        number -> BigInt,
        id -> Uuid,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    rejudges (id) {
        id -> Uuid,
        challenge_id -> Uuid,
        content_version_id -> Uuid,
        status -> Text,
        started_by -> Nullable<Uuid>,
        attempts -> Integer,
        queued_to -> Nullable<Uuid>,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    rejudge_results (rejudge_id, submission_id) {
        rejudge_id -> Uuid,
        submission_id -> Uuid,
        run_id -> Uuid,
        user_id -> Uuid,
        verdict_before -> Text,
        score_before -> Nullable<Integer>,
        applied_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    drafts (user_id, challenge_id) {
        user_id -> Uuid,
        challenge_id -> Uuid,
        files -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    lesson_progress (user_id, lesson_id) {
        user_id -> Uuid,
        lesson_id -> Uuid,
        started_at -> Timestamptz,
        last_heartbeat_at -> Timestamptz,
        dwell_ms -> BigInt,
        completed_at -> Nullable<Timestamptz>,
        dwell_met_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    quiz_attempts (id) {
        id -> Uuid,
        user_id -> Uuid,
        quiz_id -> Uuid,
        content_version_id -> Uuid,
        number -> Integer,
        answers -> Jsonb,
        score -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    challenge_progress (user_id, challenge_id) {
        user_id -> Uuid,
        challenge_id -> Uuid,
        attempts_used -> Integer,
        best_score -> Integer,
        passed_at -> Nullable<Timestamptz>,
        last_graded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    hint_reveals (user_id, challenge_id, rung) {
        user_id -> Uuid,
        challenge_id -> Uuid,
        rung -> Integer,
        revealed_at -> Timestamptz,
    }
}

diesel::table! {
    xp_entries (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        source_id -> Text,
        revision -> Integer,
        amount -> Integer,
        reason -> Text,
        content_version_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        track_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    user_achievements (user_id, achievement_slug) {
        user_id -> Uuid,
        achievement_slug -> Text,
        unlocked_at -> Timestamptz,
    }
}

diesel::table! {
    problem_reports (id) {
        id -> Uuid,
        user_id -> Uuid,
        item_id -> Uuid,
        message -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    learner_settings (user_id) {
        user_id -> Uuid,
        daily_xp_goal -> Integer,
        weekly_lessons_goal -> Integer,
        listed_on_leaderboards -> Bool,
    }
}

diesel::table! {
    learner_clocks (user_id, since) {
        user_id -> Uuid,
        since -> Timestamptz,
        time_zone -> Text,
        day_start_hour -> SmallInt,
    }
}

diesel::table! {
    activities (user_id, kind, source_id) {
        user_id -> Uuid,
        kind -> Text,
        source_id -> Uuid,
        item_id -> Uuid,
        at -> Timestamptz,
        time_zone -> Text,
        day_start_hour -> SmallInt,
        first_of_item -> Bool,
        attempt -> Integer,
        hints -> Integer,
    }
}

diesel::table! {
    streaks (user_id) {
        user_id -> Uuid,
        current -> BigInt,
        longest -> BigInt,
        freezes -> BigInt,
        frozen -> BigInt,
        due -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    mission_completions (user_id, mission_slug, period) {
        user_id -> Uuid,
        mission_slug -> Text,
        period -> Date,
        completed_at -> Timestamptz,
    }
}

diesel::table! {
    notifications (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        title -> Text,
        body -> Text,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    boards (id) {
        id -> BigInt,
        track_id -> Nullable<Uuid>,
        period -> Text,
        starts_on -> Date,
    }
}

diesel::table! {
    board_scores (board_id, user_id) {
        board_id -> BigInt,
        user_id -> Uuid,
        xp -> BigInt,
        reached_at -> Timestamptz,
        listed -> Bool,
    }
}

diesel::table! {
    board_counts (board_id, level, bucket) {
        board_id -> BigInt,
        level -> SmallInt,
        bucket -> BigInt,
        learners -> BigInt,
    }
}

diesel::table! {
    squads (id) {
        id -> Uuid,
        name -> Text,
        code -> Text,
        weekly_xp_goal -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    squad_members (squad_id, user_id) {
        squad_id -> Uuid,
        user_id -> Uuid,
        joined_at -> Timestamptz,
    }
}

diesel::table! {
    certificates (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        code -> Text,
        recipient -> Text,
        title -> Text,
        statement -> Text,
        evidence -> Array<Uuid>,
        issued_at -> Timestamptz,
        kid -> Nullable<Text>,
        signature -> Nullable<Bytea>,
        withdrawn_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        revoked_by -> Nullable<Uuid>,
        revocation_reason -> Nullable<Text>,
    }
}

diesel::table! {
    report_cards (user_id, month) {
        user_id -> Uuid,
        month -> Date,
        time_zone -> Text,
        body -> Jsonb,
        issued_at -> Timestamptz,
    }
}

diesel::table! {
    report_card_rounds (time_zone, month) {
        time_zone -> Text,
        month -> Date,
        done_at -> Timestamptz,
    }
}

diesel::table! {
    groups (id) {
        id -> Uuid,
        instructor_id -> Uuid,
        name -> Text,
        invitation_code -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    data_exports (user_id) {
        user_id -> Uuid,
        with_submissions -> Bool,
        requested_at -> Timestamptz,
        ready_at -> Nullable<Timestamptz>,
        bytes -> BigInt,
    }
}

diesel::table! {
    data_export_parts (user_id, position) {
        user_id -> Uuid,
        position -> Integer,
        content -> Text,
    }
}

diesel::table! {
    group_members (id) {
        id -> Uuid,
        group_id -> Uuid,
        user_id -> Uuid,
        joined_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    refresh_tokens,
    user_events,
    outbox,
    tracks,
    modules,
    content_versions,
    publications,
    lessons,
    quizzes,
    challenges,
    submissions,
    submission_checks,
    submission_inputs,
    jobs,
    rejudges,
    rejudge_results,
    drafts,
    lesson_progress,
    quiz_attempts,
    challenge_progress,
    hint_reveals,
    xp_entries,
    user_achievements,
    problem_reports,
    learner_settings,
    learner_clocks,
    activities,
    streaks,
    mission_completions,
    notifications,
    boards,
    board_scores,
    board_counts,
    squads,
    squad_members,
    certificates,
    report_cards,
    report_card_rounds,
    groups,
    group_members,
    data_exports,
    data_export_parts,
);
