// A server of graphql-ws over ws with the subscription that benches/sockets.rs follows, fanned out by a PubSub. It has no database:
// a mutation publishes at once. Prints its port.

import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { graphql } from 'graphql';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const typeDefs = `
  scalar Cursor
  input LeaderboardScope { everyone: Boolean }
  enum LeaderboardPeriod { ALL_TIME MONTH WEEK }
  type Entry { rank: Int! displayName: String! xp: Int! isViewer: Boolean! }
  type Leaderboard { learners: Int! nodes: [Entry!]! }
  interface Event { cursor: Cursor! seq: Int! at: String! }
  type LeaderboardSnapshot implements Event { cursor: Cursor! seq: Int! at: String! leaderboard: Leaderboard! }
  type RankChanged implements Event { cursor: Cursor! seq: Int! at: String! entry: Entry! }
  type StreamReset implements Event { cursor: Cursor! seq: Int! at: String! cause: String! }
  union LeaderboardEvent = LeaderboardSnapshot | RankChanged | StreamReset
  type Query { hello: String }
  type Mutation { publish(xp: Int!): Boolean }
  type Subscription { leaderboardEvents(scope: LeaderboardScope!, period: LeaderboardPeriod!, after: Cursor): LeaderboardEvent! }
`;

const pubsub = new PubSub();
pubsub.ee.setMaxListeners(0);
const entries = Array.from({ length: 8 }, (_, at) => ({ rank: at + 1, displayName: `Learner ${at + 1}`, xp: 8000 - at * 1000, isViewer: false }));
let seq = 0;
const place = () => ({ cursor: `AQAGTp${seq}8kAAAAAAAAAABib2FyZDpFdmVyeW9uZTpBTExfVElNRQ`, seq, at: new Date().toISOString() });

const resolvers = {
  LeaderboardEvent: { __resolveType: (event) => event.kind },
  Mutation: {
    publish: (_, { xp }) => {
      seq += 1;
      entries[0] = { ...entries[0], xp };
      pubsub.publish('board', { leaderboardEvents: { kind: 'RankChanged', ...place(), entry: entries[0] } });
      return true;
    },
  },
  Subscription: {
    leaderboardEvents: {
      subscribe: async function* () {
        // Listens before the snapshot is made, so that nothing is lost in between.
        const newer = pubsub.asyncIterableIterator('board');
        yield { leaderboardEvents: { kind: 'LeaderboardSnapshot', ...place(), leaderboard: { learners: entries.length, nodes: entries } } };
        yield* newer;
      },
    },
  },
};

const schema = makeExecutableSchema({ typeDefs, resolvers });
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
  const answer = await graphql({ schema, source: query, variableValues: variables });
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(server.address().port));
