// How Apollo's cache is to understand this schema.

import { InMemoryCache, type InMemoryCacheConfig } from "@apollo/client/cache";
import { relayStylePagination } from "@apollo/client/utilities";
import possibleTypes from "./possible_types.json";

// These have an id that is unique among their neighbours only: they belong to what holds them.
const PARTS = ["Check", "CheckSpec", "QuizOption", "QuizQuestion", "Task"];

export const typePolicies: NonNullable<InMemoryCacheConfig["typePolicies"]> = {
  ...Object.fromEntries(PARTS.map((name) => [name, { keyFields: false as const }])),
  Query: {
    fields: {
      tracks: relayStylePagination(),
      users: relayStylePagination(["search"]),
      rejudges: relayStylePagination(),
      submission: (existing, { args, toReference }) => existing ?? toReference({ __typename: "Submission", id: args?.id }),
      leaderboard: { keyArgs: ["scope", "period"], merge: true },
    },
  },
  Viewer: {
    fields: {
      submissions: relayStylePagination(["challengeSlug"]),
      reportCards: relayStylePagination(),
      xpEntries: relayStylePagination(),
      notifications: relayStylePagination(["unreadOnly"]),
    },
  },
  Group: { fields: { members: relayStylePagination() } },
  GroupMember: { fields: { submissions: relayStylePagination(["challengeSlug"]), reportCards: relayStylePagination() } },
  Rejudge: { fields: { results: relayStylePagination(["changedOnly"]) } },
};

export function createCache(): InMemoryCache {
  return new InMemoryCache({ possibleTypes, typePolicies });
}
