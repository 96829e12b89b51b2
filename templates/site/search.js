// Finds stories in the archive. It fetches the index once and, for a query,
// the pieces that hold its words: see search/index.json. The page works without.
(() => {
  const form = document.querySelector("form.search");
  if (!form) return;
  const folder = new URL("search/", new URL(form.dataset.root, location.href));
  const input = form.querySelector("input");
  const said = document.querySelector(".found");
  const list = document.querySelector(".results");
  const cache = new Map();
  const get = (name, kind) => {
    if (!cache.has(name)) {
      cache.set(name, fetch(new URL(name, folder)).then((r) => {
        if (!r.ok) throw new Error(r.statusText);
        return r[kind]();
      }).catch((e) => { cache.delete(name); throw e; }));
    }
    return cache.get(name);
  };
  const fold = (word) => {
    const plain = /[^\0-\x7f]/.test(word)
      ? word.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "")
      : word.toLowerCase();
    return (plain || word.toLowerCase()).slice(0, 32);
  };
  const wordsIn = (text) => (text.match(/[\p{L}\p{Nd}\p{M}]+/gu) || []).map(fold).filter((w) => w.length > 1);

  // The stories that have a word, or one that starts with it: number -> is it in the title.
  const places = async (index, word, open) => {
    let low = 0;
    for (let high = index.words.length; low < high;) {
      const middle = (low + high) >> 1;
      if (index.words[middle][0] <= word) low = middle + 1; else high = middle;
    }
    const found = new Map();
    let floor = 0;
    for (let i = Math.max(0, low - 1), n = 0; i < index.words.length && n < 3; i++, n++) {
      if (i >= low && !(open && index.words[i][0].startsWith(word))) break;
      for (const line of (await get(index.words[i][1], "text")).split("\n")) {
        const [has, ...steps] = line.split(" ");
        if (has !== word && !(open && has.startsWith(word))) continue;
        let at = 0;
        steps.forEach((step, k) => {
          at += parseInt(step, 36);
          if (k === 0 && steps.length === index.most) floor = Math.max(floor, at);
          found.set(at, (found.get(at) || 0) | (step.endsWith("!") ? 2 : 1));
        });
      }
    }
    return { found, floor };
  };

  const search = async (query) => {
    const words = [...new Set(wordsIn(query))].slice(0, 8);
    if (!words.length) return null;
    const index = await get("index.json", "json");
    const all = await Promise.all(words.map((w, i) => places(index, w, i === words.length - 1)));
    all.sort((a, b) => a.found.size - b.found.size);
    const hits = [];
    for (const story of all[0].found.keys()) {
      let score = 0;
      if (all.every((p) => { score += p.found.get(story) === undefined ? 0 : p.found.get(story) > 1 ? 1 : 0; return p.found.has(story) || story < p.floor; })) {
        hits.push([score, story]);
      }
    }
    hits.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
    return { index, hits };
  };

  const row = (piece, story) => {
    const [at, anchor, title, host] = story;
    const [name, path, date] = piece.i[at];
    const li = document.createElement("li");
    const a = document.createElement("a");
    a.href = new URL(path + (anchor ? "#" + encodeURIComponent(anchor) : ""), new URL(form.dataset.root, location.href)).href;
    a.textContent = title;
    const from = document.createElement("span");
    from.className = "from";
    from.textContent = [host, name, date].filter(Boolean).join(" · ");
    li.append(a, from);
    return li;
  };

  let turn = 0;
  const show = async (most = 20) => {
    const mine = ++turn;
    try {
      const result = await search(input.value);
      if (mine !== turn) return;
      if (!result) { list.replaceChildren(); said.textContent = ""; return; }
      const shown = result.hits.slice(0, most);
      const rows = await Promise.all(shown.map(async ([, n]) => {
        const piece = await get(result.index.stories[Math.floor(n / result.index.piece)], "json");
        return row(piece, piece.s[n % result.index.piece]);
      }));
      if (mine !== turn) return;
      list.replaceChildren(...rows);
      const n = result.hits.length;
      const what = n === 1 ? form.dataset.one : form.dataset.many;
      said.textContent = n === 0 ? form.dataset.none : [n > shown.length ? `${shown.length} / ${n}` : n, what].filter(Boolean).join(" ");
      if (n > shown.length) {
        const li = document.createElement("li");
        const more = document.createElement("button");
        more.type = "button";
        more.textContent = form.dataset.more;
        more.addEventListener("click", () => show(most + 40));
        li.append(more);
        list.append(li);
      }
    } catch {
      if (mine === turn) said.textContent = form.dataset.broken;
    }
  };
  let timer;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => show(), 150); });
  form.addEventListener("submit", (e) => { e.preventDefault(); show(); });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) { input.value = asked; show(); }
})();
