import{r as u,j as t,c as q,a as D,b as C,G as T,u as U}from"./vendor-D5SJ4AVa.js";const m="weak-to-strong:session",y=3e4,A=`mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { viewer { displayName roles } accessToken refreshToken expiresIn }
    ... on UserError { code message }
  }
}`,P=`mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess { viewer { displayName roles } accessToken refreshToken expiresIn }
    ... on UserError { code message }
  }
}`,z="mutation Logout { logout { __typename } }",S=new URL("/graphql",window.location.href);let r=Q(),h=null,p=null;const g=new Set;function k(){return r}function I(e){return g.add(e),()=>g.delete(e)}function L(e){let s=r?.displayName;return I(()=>{r?.displayName!==s&&(s=r?.displayName,e())})}async function B(e,s){const n=await x(A,{input:{email:e,password:s}}),o=n.data?.login;if(o?.__typename!=="LoginSuccess")throw new Error(v(o,n));c(o)}async function F(){const e=r;if(c(null),e===null)return;const s=await x(z,{},e.accessToken);if(!s.data?.logout?.__typename?.endsWith("Success"))throw new Error(`Logged out here, but the server did not confirm it: ${v(s.data?.logout,s)}`)}async function _(){return r!==null&&r.expiresAt-y<=Date.now()&&await l(),r?.accessToken??null}function l(){return h??=H().finally(()=>{h=null}),h}async function H(){const e=r;if(e===null)return!1;let s;try{s=await x(P,{input:{refreshToken:e.refreshToken}})}catch{return O(y/2),!1}if(r!==e)return!1;const n=s.data?.refreshSession;return n?.__typename==="RefreshSessionSuccess"?(c(n),!0):(c(null,"Your session has ended. Log in again."),!1)}async function G(e,s){const n=new Headers(s.headers);if(n.has("authorization"))return fetch(e,s);const o=await _();if(o===null)return fetch(e,s);n.set("authorization",`Bearer ${o}`);const a=await fetch(e,{...s,headers:n});return!await M(a)||!await l()?a:(n.set("authorization",`Bearer ${r.accessToken}`),fetch(e,{...s,headers:n}))}async function M(e){return e.status===401?!0:(e.headers.get("content-type")??"").includes("json")?(await e.clone().json().catch(()=>null))?.errors?.some(o=>o.extensions?.code==="UNAUTHENTICATED")??!1:!1}async function x(e,s,n){const o={"content-type":"application/json",accept:"application/graphql-response+json, application/json;q=0.9"};return n!==void 0&&(o.authorization=`Bearer ${n}`),(await fetch(S,{method:"POST",headers:o,body:JSON.stringify({query:e,variables:s})})).json()}function v(e,s){return e?.message??s.errors?.[0]?.message??"The server gave an answer that this page does not know."}function c(e,s=null){r=e===null?null:{displayName:e.viewer.displayName,roles:e.viewer.roles,accessToken:e.accessToken,refreshToken:e.refreshToken,expiresAt:Date.now()+e.expiresIn*1e3},r===null?(window.sessionStorage.removeItem(m),window.clearTimeout(p)):(window.sessionStorage.setItem(m,JSON.stringify(r)),R()),g.forEach(n=>n(s))}function Q(){try{return JSON.parse(window.sessionStorage.getItem(m))}catch{return null}}function R(){const e=r.expiresAt-Date.now();O(Math.min(Math.max(e-y,e/2,1e3),2**31-1))}function O(e){window.clearTimeout(p),p=window.setTimeout(l,e)}r!==null&&R();function J(){const[e,s]=u.useState(k),[n,o]=u.useState(null),[a,E]=u.useState(!1);u.useEffect(()=>I(i=>{s(k()),o(i)}),[]);async function j(i){E(!0),o(null);try{await i()}catch(d){o(d.message)}finally{E(!1)}}return t.jsxs("header",{className:"session-bar",children:[t.jsx("strong",{className:"session-bar-name",children:"Weak to Strong"}),n!==null&&t.jsx("span",{className:"session-bar-notice",role:"alert",children:n}),e===null?t.jsx(W,{busy:a,onLogIn:(i,d)=>j(()=>B(i,d))}):t.jsx(V,{session:e,busy:a,onLogOut:()=>j(F)})]})}function W({busy:e,onLogIn:s}){function n(o){o.preventDefault();const a=new FormData(o.currentTarget);s(a.get("email").trim(),a.get("password"))}return t.jsxs("form",{className:"session-bar-form",method:"post",onSubmit:n,"data-testid":"login-form",children:[t.jsx("input",{name:"email",type:"email",placeholder:"E-mail","aria-label":"E-mail",autoComplete:"username",required:!0}),t.jsx("input",{name:"password",type:"password",placeholder:"Password","aria-label":"Password",autoComplete:"current-password",required:!0}),t.jsx("button",{type:"submit",disabled:e,children:e?"Logging in…":"Log in"})]})}function V({session:e,busy:s,onLogOut:n}){return t.jsxs("div",{className:"session-bar-form","data-testid":"session-holder",children:[t.jsxs("span",{children:["Logged in as ",t.jsx("b",{children:e.displayName})]}),e.roles.map(o=>t.jsx("span",{className:"session-bar-role",children:o},o)),t.jsx("button",{type:"button",disabled:s,onClick:n,children:"Log out"})]})}const Y=`# Everything that can be learned here.
query Tracks {
  tracks(first: 10) {
    nodes {
      slug
      title
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,K=`# Hands in files for a challenge. The answer comes
# before they are judged: follow that in the next tab.
mutation SubmitSolution($input: SubmitSolutionInput!) {
  submitSolution(input: $input) {
    __typename
    ... on SubmitSolutionSuccess {
      submission {
        id
        status
        queuePosition
        etaMs
      }
    }
    ... on UserError {
      code
      message
      path
    }
  }
}
`,X=`# Everything that happens to a submission, from now or
# from a cursor on, until its verdict.
subscription SubmissionEvents($submissionId: ID!, $after: Cursor) {
  submissionEvents(submissionId: $submissionId, after: $after) {
    __typename
    ... on Event {
      seq
      cursor
      at
    }
    ... on SubmissionSnapshot {
      submission {
        status
        output {
          stdout
        }
      }
    }
    ... on QueuePositionChanged {
      position
      etaMs
    }
    ... on OutputChunk {
      stream
      text
    }
    ... on CheckFinished {
      check {
        title
        status
      }
    }
    ... on SubmissionFinished {
      submission {
        status
        verdict
        score
        maxScore
      }
    }
    ... on StreamReset {
      cause
    }
  }
}
`,N=e=>JSON.stringify(e,null,2),Z=[{query:Y},{query:K,variables:N({input:{challengeSlug:"challenge-slug",files:[{path:"main.py",content:`def answer():
    return 42
`}],clientRequestId:"a-new-id-for-every-attempt"}})},{query:X,variables:N({submissionId:"submission_...",after:null})}],ee=4403,w=new URL(S);w.protocol=w.protocol==="https:"?"wss:":"ws:";let b=null,f=!1;const $=q({url:w.href,retryAttempts:10,connectionParams:async()=>{if(b!==null)return{authorization:b};f&&(f=!1,await l());const e=await _();return e===null?{}:{authorization:`Bearer ${e}`}},on:{closed:e=>{f=e?.code===ee}}});L(()=>$.terminate());const se=D({url:S.href,wsClient:$,fetch:G,enableIncrementalDelivery:!1});function ne(e,s){return b=new Headers(s?.headers).get("authorization"),se(e,s)}function te(){return t.jsxs("div",{className:"page",children:[t.jsx(J,{}),t.jsx("main",{className:"page-editor",children:t.jsx(T,{fetcher:ne,defaultTabs:Z,defaultEditorToolsVisibility:"variables",shouldPersistHeaders:!1,inputValueDeprecation:!0,schemaDescription:!0,children:t.jsx(T.Logo,{children:t.jsx(oe,{})})})})]})}function oe(){const{introspect:e}=U();return u.useEffect(()=>L(e),[e]),t.jsx("a",{href:"/graphql/schema.graphql",children:"schema.graphql"})}C.createRoot(document.getElementById("root")).render(t.jsx(te,{}));
