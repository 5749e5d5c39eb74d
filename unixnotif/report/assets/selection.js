// The rows that meet all filters.
// Rule: names and times are compared at once; text and fields of documents
// are searched a block at a time, so that the page stays responsive.

const DOCUMENT_KEYS = ['message_id', 'publisher_id', 'event_type', 'priority',
  'timestamp', 'payload', 'topics', 'exchange', 'context'];

class Selection {
  constructor(store) {
    this.store = store;
    this.searched = { key: '', found: null };
    this.turn = 0;
  }

  // Returns null if another selection began meanwhile.
  async rows(state, progress) {
    const turn = ++this.turn;
    const rows = this.named(state);
    const tests = searches(state);
    if (!tests.length) return rows;
    const key = JSON.stringify([state.text, state.where]);
    if (this.searched.key !== key) {
      this.searched = { key, found: new Uint8Array(this.store.count) };
    }
    const { found } = this.searched;
    const { block } = this.store;
    const matching = [];
    let paused = performance.now();
    for (let i = 0; i < rows.length;) {
      const number = Math.floor(rows[i] / block);
      let lines = null;
      for (; i < rows.length && Math.floor(rows[i] / block) === number; i++) {
        const row = rows[i];
        if (!found[row]) {
          lines ??= await this.store.lines(number);
          const line = lines[row % block];
          found[row] = tests.every((test) => test(line)) ? 2 : 1;
        }
        if (found[row] === 2) matching.push(row);
      }
      if (performance.now() - paused > 50) {
        progress(i / rows.length);
        await new Promise((resume) => { setTimeout(resume); });
        paused = performance.now();
      }
      if (turn !== this.turn) return null;
    }
    return Uint32Array.from(matching);
  }

  // The rows by names and time, except the names of one field.
  named(state, except = '') {
    const { received, columns, count } = this.store;
    const from = state.from ?? -Infinity;
    const to = state.to ?? Infinity;
    const wanted = [];
    for (const field of FIELDS) {
      if (field === except || !state.names[field].size) continue;
      const { values, index } = columns[field];
      wanted.push([index, values.map((name) => state.names[field].has(name))]);
    }
    if (state.carries) {
      const { values, index } = columns.payloads;
      wanted.push([index, values.map((names) => names.some((name) => (
        name === state.carries || name.startsWith(`${state.carries} `))))]);
    }
    const rows = new Uint32Array(count);
    let length = 0;
    for (let row = 0; row < count; row++) {
      if (received[row] < from || received[row] > to) continue;
      if (wanted.every(([index, isWanted]) => isWanted[index[row]])) {
        rows[length++] = row;
      }
    }
    return rows.subarray(0, length);
  }
}

function searches(state) {
  const tests = [];
  if (state.text) {
    // Lines are JSON: a quote or a backslash of a value is escaped there.
    const texts = [state.text, JSON.stringify(state.text).slice(1, -1)];
    const literal = (text) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
    const pattern = new RegExp(texts.map(literal).join('|'), 'iu');
    tests.push((line) => pattern.test(line));
  }
  for (const each of state.where) {
    const at = each.indexOf('=');
    const path = parsePath(each.slice(0, at));
    const pattern = globPattern(each.slice(at + 1));
    tests.push((line) => {
      const value = findField(JSON.parse(line, exactly), path);
      return value !== undefined && pattern.test(fieldText(value));
    });
  }
  return tests;
}

// 'payload.flavor.vcpus' or 'ip_addresses[0].address' as steps; a path that
// begins with no key of a document begins in the payload.
function parsePath(text) {
  const steps = text.trim().match(/[^.[\]]+/g) ?? [];
  if (!DOCUMENT_KEYS.includes(steps[0])) steps.unshift('payload');
  return steps;
}

function findField(recorded, path) {
  let value = recorded.document;
  for (const step of path) {
    value = versionedOf(value)?.data ?? value;
    if (!value || typeof value !== 'object') return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function fieldText(value) {
  if (typeof value === 'string') return value;
  const versioned = versionedOf(value);
  return versioned ? `${versioned.name} ${versioned.version}` : asJson(value);
}

function asJson(value, indent) {
  return JSON.stringify(value, (key, inner) => (
    typeof inner === 'bigint' ? String(inner) : inner), indent);
}
