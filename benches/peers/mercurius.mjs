// Mercurius on Fastify with its compiler of queries. Prints its port.

import Fastify from 'fastify';
import mercurius from 'mercurius';
import { started } from './connection.mjs';
import { contextOf, resolvers, typeDefs } from './schema.mjs';

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, context: (request) => contextOf(request.headers.authorization) });
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
started(app.server);
