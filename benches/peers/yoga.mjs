// GraphQL Yoga on Node's own server. Prints its port.

import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { createYoga } from 'graphql-yoga';
import { started } from './connection.mjs';
import { contextOf, resolvers, typeDefs } from './schema.mjs';

const schema = makeExecutableSchema({ typeDefs, resolvers });
const context = ({ request }) => contextOf(request.headers.get('authorization'));
const server = createServer(createYoga({ schema, context, logging: false, graphiql: false, landingPage: false, batching: false }));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => started(server));
