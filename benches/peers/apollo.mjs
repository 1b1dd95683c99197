// Apollo Server on Fastify. Prints its port.

import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import Fastify from 'fastify';
import { started } from './connection.mjs';
import { contextOf, resolvers, typeDefs } from './schema.mjs';

const apollo = new ApolloServer({ typeDefs, resolvers, introspection: false, csrfPrevention: false });
await apollo.start();
const app = Fastify();
await app.register(fastifyApollo(apollo), { context: async (request) => contextOf(request.headers.authorization) });
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
started(app.server);
