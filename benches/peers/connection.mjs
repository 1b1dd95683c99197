// Where the database is (DATABASE_URL), and how a peer says that it has started.

/// node-postgres reads host and user of a socket's address from its parameters.
export const connection = () => {
  const address = new URL(process.env.DATABASE_URL.replace(/^postgres:\/\/\//, 'postgres://nobody/'));
  const of = (name) => address.searchParams.get(name);
  return { host: of('host'), port: Number(of('port')), user: of('user'), database: address.pathname.slice(1) };
};

export const started = (server) => console.log(server.address().port);
