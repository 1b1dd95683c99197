DELETE FROM notifications WHERE kind = 'DATA_EXPORT_READY';
ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_is_known,
    ADD CONSTRAINT notifications_kind_is_known CHECK (kind IN ('ACHIEVEMENT_UNLOCKED', 'LEVEL_REACHED', 'STREAK_FROZEN', 'STREAK_LOST', 'XP_CORRECTED',
        'CERTIFICATE_ISSUED', 'CERTIFICATE_REVOKED', 'REPORT_CARD_ISSUED'));
DROP TABLE data_export_parts;
DROP TABLE data_exports;
