// The rows that meet all filters.
// Rule: names and times are compared at once; text and fields of documents
// are searched a document at a time, so that the page stays responsive.

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
    const isMet = searchOf(state);
    if (!isMet) return rows;
    const key = JSON.stringify([state.text, state.where]);
    if (this.searched.key !== key) {
      this.searched = { key, found: new Uint8Array(this.store.count) };
    }
    const { found } = this.searched;
    const matching = [];
    let paused = performance.now();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (!found[row]) {
        found[row] = isMet(await this.store.line(row)) ? 2 : 1;
      }
      if (found[row] === 2) matching.push(row);
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
