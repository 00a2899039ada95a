package author

import "html/template"

var inspector = template.Must(template.New("inspector").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Name}}</title><meta name="viewport" content="width=device-width">
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}pre{white-space:pre-wrap;margin:0;max-height:16rem;overflow:auto;background:#f6f6f6;padding:.3rem}
button,select,input,textarea{font:inherit}.wrong{background:#fdd;padding:.5rem}form{display:inline-block;margin:0 1rem .5rem 0}</style></head><body>
<h1 id="name">{{.Name}}</h1><p id="about"></p><pre class="wrong" id="wrong" hidden></pre>
<form data-to="main"><button>Do what it is for</button></form>
<form data-to="call"><input type="hidden" name="method" value="CheckConnection"><button>Check the connection</button></form>
<form data-to="mood"><label>The bank is <select name="mood">{{range .Moods}}<option>{{.}}</option>{{end}}</select></label></form>
<form data-to="call"><label>Method <input name="method" required></label> <label>payload <input name="payload" size="40" placeholder="{}"></label> <button>Call</button></form>
<p id="said" role="status"></p>
<table><thead><tr><th>when</th><th>call</th><th>ended</th><th>took</th><th>at the bank</th><th>answer</th></tr></thead><tbody id="steps"></tbody></table>
<h2>What an operator would be told</h2><pre id="reports"></pre><h2>Standard error</h2><pre id="log"></pre>
<script nonce="{{.Token}}">
const token = {{.Token}}, at = (id) => document.getElementById(id);
function show(s) {
  at("about").textContent = "version " + s.version + ", process " + s.pid;
  at("wrong").hidden = !s.wrong; at("wrong").textContent = s.wrong;
  document.querySelector("select").value = s.mood;
  at("reports").textContent = s.reports.join("\n"); at("log").textContent = s.log.join("\n");
  at("steps").replaceChildren(...s.steps.reverse().map((step) => {
    const row = document.createElement("tr");
    const cells = [step.at.slice(11, 23), step.method, step.ended, (step.took / 1e6).toFixed(1) + " ms", step.exchanges.map((x) => x.method + " " + x.path + " → " + (x.status || "no answer")).join("\n"), step.payload ? JSON.stringify(step.payload, null, 1) : ""];
    for (const text of cells) { const cell = row.insertCell(), pre = document.createElement("pre"); pre.textContent = text; cell.append(pre); }
    return row;
  }));
}
async function send(form) {
  at("said").textContent = "…";
  const body = new URLSearchParams(new FormData(form)); body.set("token", token);
  const answer = await fetch(form.dataset.to, { method: "POST", body });
  at("said").textContent = answer.ok ? "" : await answer.text();
  if (answer.ok) show(await answer.json());
}
for (const form of document.forms) form.addEventListener("submit", (e) => { e.preventDefault(); send(form); });
document.querySelector("select").addEventListener("change", (e) => send(e.target.form));
const look = () => fetch("state").then((a) => a.json()).then(show, () => { at("said").textContent = "The inspector has ended."; });
look(); setInterval(look, 1500);
</script></body></html>
`))
