// What the peers of benches/api.rs share: the part of the schema that is asked for, resolvers with hand-written SQL, and loaders that
// batch what is below a row. Settings: DATABASE_URL, SIGNING_KEY, POOL.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import DataLoader from 'dataloader';
import pg from 'pg';
import { connection } from './connection.mjs';

export const typeDefs = `
  type Query {
    tracks(first: Int): TrackConnection!
    leaderboard(scope: LeaderboardScope!, period: LeaderboardPeriod!, first: Int): Leaderboard!
    node(id: ID!): Node
  }
  type Mutation { submitSolution(input: SubmitSolutionInput!): SubmitSolutionPayload! }
  interface Node { id: ID! }
  type TrackConnection { nodes: [Track!]! }
  type Track { slug: String! title: String! modules: [Module!]! }
  type Module { slug: String! title: String! lessons: [Lesson!]! challenges: [Challenge!]! }
  type Lesson implements Node { id: ID! slug: String! title: String! summary: String! minutes: Int! quiz: Quiz }
  type Quiz { questions: [Question!]! }
  type Question { id: String! prompt: String! options: [Option!]! }
  type Option { id: String! text: String! }
  type Challenge { slug: String! title: String! points: Int! }
  input LeaderboardScope { everyone: Boolean trackSlug: String squadId: ID }
  enum LeaderboardPeriod { ALL_TIME MONTH WEEK }
  type Leaderboard { learners: Int! nodes: [LeaderboardEntry!]! ownEntry: LeaderboardEntry }
  type LeaderboardEntry { rank: Int! displayName: String! xp: Int! isViewer: Boolean! }
  input SolutionFileInput { path: String! content: String! }
  input SubmitSolutionInput { challengeSlug: String! files: [SolutionFileInput!]! clientRequestId: String! }
  union SubmitSolutionPayload = SubmitSolutionSuccess | TooManyInFlight | ChallengeLocked
  type SubmitSolutionSuccess { submission: Submission! }
  type TooManyInFlight { code: String! message: String! }
  type ChallengeLocked { code: String! message: String! }
  type Submission { kind: String! status: String! runtime: String! attempt: Int }
`;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({ ...connection(), max: Number(process.env.POOL) });
// Named statements are prepared once a connection.
const statement = (name, text) => (values, on = pool) => on.query({ name, text, values }).then((found) => found.rows);

const sql = {
  tracks: statement('tracks', 'SELECT id, slug, title FROM tracks WHERE retired_at IS NULL ORDER BY position, id LIMIT $1'),
  modules: statement(
    'modules',
    'SELECT id, track_id, slug, title FROM modules WHERE track_id = ANY($1) AND retired_at IS NULL ORDER BY track_id, position, id',
  ),
  lessons: statement(
    'lessons',
    `SELECT id, module_id, slug, title, summary, minutes FROM lessons WHERE module_id = ANY($1) AND retired_at IS NULL
     ORDER BY module_id, position, id`,
  ),
  lesson: statement('lesson', 'SELECT id, slug, title, summary, minutes FROM lessons WHERE id = $1'),
  quizzes: statement('quizzes', 'SELECT lesson_id, version_id FROM quizzes WHERE lesson_id = ANY($1) AND retired_at IS NULL'),
  bodies: statement('bodies', 'SELECT id, body FROM content_versions WHERE id = ANY($1)'),
  challenges: statement(
    'challenges',
    `SELECT module_id, slug, title, points FROM challenges WHERE module_id = ANY($1) AND retired_at IS NULL
     ORDER BY module_id, position, id`,
  ),
  board: statement('board', "SELECT id FROM boards WHERE track_id IS NULL AND period = $1 AND starts_on = '1970-01-01'"),
  page: statement(
    'page',
    `SELECT s.user_id, s.xp, u.display_name, count(*) OVER () AS learners FROM board_scores s JOIN users u ON u.id = s.user_id
     WHERE s.board_id = $1 AND s.listed AND s.xp > 0 ORDER BY s.xp DESC, s.reached_at, s.user_id LIMIT $2`,
  ),
  own: statement(
    'own',
    `SELECT s.xp, u.display_name, (SELECT 1 + count(*) FROM board_scores o WHERE o.board_id = s.board_id AND o.listed
       AND (o.xp > s.xp OR (o.xp = s.xp AND (o.reached_at, o.user_id) < (s.reached_at, s.user_id)))) AS rank
     FROM board_scores s JOIN users u ON u.id = s.user_id WHERE s.board_id = $1 AND s.user_id = $2 AND s.xp > 0`,
  ),
  lock: statement('lock', 'SELECT plan FROM users WHERE id = $1 FOR UPDATE'),
  known: statement('known', 'SELECT id, kind, status, runtime, attempt FROM submissions WHERE user_id = $1 AND client_request_id = $2'),
  challenge: statement(
    'challenge',
    `SELECT c.id, c.version_id, c.runtime, v.body->'files' AS files,
       (SELECT coalesce(max(a.score), 0) FROM quizzes q JOIN quiz_attempts a ON a.quiz_id = q.id
        WHERE q.lesson_id = c.lesson_id AND a.user_id = $2) AS quiz_score
     FROM challenges c JOIN content_versions v ON v.id = c.version_id WHERE c.slug = $1 AND c.retired_at IS NULL`,
  ),
  load: statement(
    'load',
    `SELECT count(*) FILTER (WHERE status <> 'FINISHED') AS in_flight,
       count(*) FILTER (WHERE status <> 'FINISHED' AND challenge_id = $2) AS same_challenge,
       count(*) FILTER (WHERE created_at > now() - interval '1 hour') AS in_window,
       count(*) FILTER (WHERE kind = 'SUBMISSION' AND uses_attempt AND challenge_id = $2) AS attempts
     FROM submissions WHERE user_id = $1`,
  ),
  submit: statement(
    'submit',
    `INSERT INTO submissions (id, user_id, kind, challenge_id, content_version_id, runtime, client_request_id, request_digest, attempt,
       files, args, stdin, seed, class, created_at, queued_at, rank_at, stdin_open)
     VALUES ($1, $2, 'SUBMISSION', $3, $4, $5, $6, $7, $8, $9, '[]', '', $10, 1, now(), now(), now(), false)
     RETURNING kind, status, runtime, attempt`,
  ),
};

/// The rows of each key, in the order of the keys.
const grouped = (query, column) => async (ids) => {
  const groups = new Map(ids.map((id) => [id, []]));
  for (const row of await query([ids])) groups.get(row[column])?.push(row);
  return ids.map((id) => groups.get(id));
};

/// Versions never change, so what was read once is kept, as ours does.
const kept = new Map();
const bodies = async (ids) => {
  const missing = ids.filter((id) => !kept.has(id));
  if (missing.length) for (const row of await sql.bodies([missing])) kept.set(row.id, row.body);
  return ids.map((id) => kept.get(id));
};

const loaders = () => ({
  quizzes: new DataLoader(grouped(sql.quizzes, 'lesson_id')),
  bodies: new DataLoader(bodies),
  modules: new DataLoader(grouped(sql.modules, 'track_id')),
  lessons: new DataLoader(grouped(sql.lessons, 'module_id')),
  challenges: new DataLoader(grouped(sql.challenges, 'module_id')),
});

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/// UUID to the 26 digits of a TypeID, and back.
const encode = (uuid) => {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let at = 0; at < 26; at += 1) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
};
const decode = (text) => {
  let value = 0n;
  for (const digit of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(digit));
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const uuidV7 = () => {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/// Whose access token it is. The signature is checked at each request, as ours does; the session is not looked at.
const viewerOf = (authorization) => {
  if (!authorization) return null;
  const [head, claims, signature] = authorization.slice('Bearer '.length).split('.');
  const wanted = createHmac('sha256', process.env.SIGNING_KEY).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error('UNAUTHENTICATED');
  const { sub, exp } = JSON.parse(Buffer.from(claims, 'base64url'));
  if (exp * 1000 < Date.now()) throw new Error('UNAUTHENTICATED');
  return decode(sub.slice('user_'.length));
};

export const contextOf = (authorization) => ({ viewer: viewerOf(authorization), ...loaders() });

const submit = async (viewer, input) => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await sql.lock([viewer], client);
    const [known] = await sql.known([viewer, input.clientRequestId], client);
    let row = known;
    if (!row) {
      const [challenge] = await sql.challenge([input.challengeSlug, viewer], client);
      if (!challenge) throw new Error('NOT_FOUND');
      if (!input.files.every((file) => challenge.files.includes(file.path))) throw new Error('BAD_USER_INPUT');
      if (challenge.quiz_score < 70) {
        await client.query('ROLLBACK');
        return { __typename: 'ChallengeLocked', code: 'CHALLENGE_LOCKED', message: 'It opens with its quiz.' };
      }
      const [load] = await sql.load([viewer, challenge.id], client);
      if (load.same_challenge > 0 || load.in_flight >= 4) {
        await client.query('ROLLBACK');
        return { __typename: 'TooManyInFlight', code: 'TOO_MANY_IN_FLIGHT', message: 'Wait for the last one to end.' };
      }
      const digest = createHash('sha256').update(JSON.stringify([input.challengeSlug, input.files])).digest();
      const seed = randomBytes(6).readUIntBE(0, 6);
      const files = JSON.stringify(input.files);
      const values = [uuidV7(), viewer, challenge.id, challenge.version_id, challenge.runtime, input.clientRequestId, digest];
      [row] = await sql.submit([...values, load.attempts + 1, files, seed], client);
    }
    await client.query('COMMIT');
    return { __typename: 'SubmitSolutionSuccess', submission: row };
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
};

const leaderboard = async (viewer, period, first) => {
  if (!viewer) throw new Error('UNAUTHENTICATED');
  const [board] = await sql.board([period]);
  if (!board) return { learners: 0, nodes: [], ownEntry: null };
  const [rows, [own]] = await Promise.all([sql.page([board.id, first]), sql.own([board.id, viewer])]);
  const entry = (row, rank, isViewer) => ({ rank, displayName: row.display_name, xp: row.xp, isViewer });
  return {
    learners: rows[0]?.learners ?? 0,
    nodes: rows.map((row, at) => entry(row, at + 1, row.user_id === viewer)),
    ownEntry: own ? entry(own, own.rank, true) : null,
  };
};

export const resolvers = {
  Query: {
    tracks: async (_, { first }) => ({ nodes: await sql.tracks([first ?? 20]) }),
    leaderboard: (_, { period, first }, { viewer }) => leaderboard(viewer, period, first ?? 50),
    node: async (_, { id }) => {
      const at = id.lastIndexOf('_');
      if (id.slice(0, at) !== 'lesson') return null;
      const [row] = await sql.lesson([decode(id.slice(at + 1))]);
      return row ? { __typename: 'Lesson', ...row } : null;
    },
  },
  Mutation: { submitSolution: (_, { input }, { viewer }) => submit(viewer, input) },
  Track: { modules: (row, _, { modules }) => modules.load(row.id) },
  Module: {
    lessons: (row, _, { lessons }) => lessons.load(row.id),
    challenges: (row, _, { challenges }) => challenges.load(row.id),
  },
  Lesson: {
    id: (row) => `lesson_${encode(row.id)}`,
    quiz: async (row, _, { quizzes }) => (await quizzes.load(row.id))[0] ?? null,
  },
  Quiz: { questions: async (row, _, { bodies }) => (await bodies.load(row.version_id)).questions },
};
