import { defineConfig } from "vite";
import { licenses } from "./licenses.js";

// One collector for the page and its workers, so that the list names the packages of both.
const bundled = licenses();

// The server embeds `dist/` and serves it below /graphiql. Every asset has its hash in its name, so the
// server may let clients keep it for ever; `index.html` alone must be asked for again.
export default defineConfig({
  base: "/graphiql/",
  plugins: [bundled],
  build: {
    target: "es2022",
    assetsDir: "assets",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      output: {
        // Our own code is a chunk of its own, so that a change to it leaves the names of the large files alone.
        manualChunks(id) {
          return id.includes("/node_modules/") && !id.includes("/node_modules/prettier/") ? "vendor" : undefined;
        },
      },
      onwarn(warning, warn) {
        // Dependencies mark modules with "use client" for server rendering, which means nothing here.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") {
          warn(warning);
        }
      },
    },
  },
  worker: {
    format: "es",
    plugins: () => [{ ...bundled, generateBundle: undefined }],
  },
  esbuild: {
    jsx: "automatic",
    legalComments: "none",
  },
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8000", ws: true },
    },
  },
});
