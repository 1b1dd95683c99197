import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";

import { useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { SessionBar } from "./SessionBar.jsx";
import { exampleTabs } from "./examples.js";
import { fetcher } from "./fetcher.js";
import { subscribeHolder } from "./session.js";

function Page() {
  return (
    <div className="page">
      <SessionBar />
      <main className="page-editor">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={exampleTabs}
          defaultEditorToolsVisibility="variables"
          shouldPersistHeaders={false}
          inputValueDeprecation
          schemaDescription
        >
          <GraphiQL.Logo>
            <SchemaOfSession />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </div>
  );
}

// What a schema shows may depend on who asks, so it is read again when that changes.
function SchemaOfSession() {
  const { introspect } = useGraphiQLActions();
  useEffect(() => subscribeHolder(introspect), [introspect]);
  return <a href="/graphql/schema.graphql">schema.graphql</a>;
}

createRoot(document.getElementById("root")).render(<Page />);
