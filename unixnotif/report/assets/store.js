// The rows and the documents, as they are in the page.
// Rule: rows are columns of numbers; documents are decompressed a block at a
// time, and few blocks are kept.

const KEPT_BLOCKS = 8;

async function unpack(text) {
  const bytes = Uint8Array.fromBase64
    ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

// Older browsers have no text of the numbers that they parse.
const IS_EXACT = typeof JSON.rawJSON === 'function';

// Integers that a number of JavaScript cannot hold stay exact, and objects
// have the keys of the document alone.
function exactly(key, value, context) {
  if (IS_EXACT && typeof value === 'number' && !Number.isSafeInteger(value)
      && /^-?\d+$/.test(context?.source ?? '')) {
    return BigInt(context.source);
  }
  if (value && typeof value === 'object' && !Array.isArray(value)) {
    Object.setPrototypeOf(value, null);
  }
  return value;
}

class Store {
  static async load() {
    const store = new Store();
    Object.assign(store, JSON.parse(byId('data').textContent));
    const columns = JSON.parse(await unpack(byId('rows').textContent));
    byId('rows').remove();
    store.count = columns.received.length;
    store.received = new Float64Array(store.count);
    let time = 0;
    columns.received.forEach((difference, i) => {
      time += difference;
      store.received[i] = time;
    });
    store.columns = {};
    for (const field of [...FIELDS, 'payloads']) {
      const { values, index } = columns[field];
      store.columns[field] = { values, index: Uint32Array.from(index) };
    }
    store.blocks = [...document.querySelectorAll('script.documents')];
    // The block of each row, and the first row of each block.
    store.blockOf = new Uint32Array(store.count);
    store.starts = [];
    let start = 0;
    store.sizes.forEach((size, block) => {
      store.starts.push(start);
      store.blockOf.fill(block, start, start += size);
    });
    store.kept = new Map();
    store.first = Infinity;
    store.last = -Infinity;
    for (const each of store.received) {
      if (each < store.first) store.first = each;
      if (each > store.last) store.last = each;
    }
    store.losses = store.losses.filter((loss) => loss.received !== null);
    for (const loss of store.losses) {
      store.first = Math.min(store.first, loss.received);
      store.last = Math.max(store.last, loss.received);
    }
    return store;
  }

  // The name of a row in a column.
  name(field, row) {
    const { values, index } = this.columns[field];
    return values[index[row]];
  }

  // The document of a row, as a line of JSON.
  async line(row) {
    const block = this.blockOf[row];
    let lines = this.kept.get(block);
    if (lines) {
      this.kept.delete(block);
    } else {
      lines = (await unpack(this.blocks[block].textContent)).split('\n');
    }
    this.kept.set(block, lines);
    if (this.kept.size > KEPT_BLOCKS) {
      this.kept.delete(this.kept.keys().next().value);
    }
    return lines[row - this.starts[block]];
  }

  async document(row) {
    return JSON.parse(await this.line(row), exactly);
  }
}

const PREFIX = /^(.+)\.name$/s;
const ENVELOPE = ['name', 'namespace', 'version', 'data', 'changes'];

const textOf = (value) => (
  typeof value === 'string' ? value : asJson(value) ?? '');

// The parts of a versioned object; null for another value.
function versionedOf(value) {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return null;
  for (const key of Object.keys(value)) {
    const prefix = PREFIX.exec(key)?.[1];
    const data = prefix && value[`${prefix}.data`];
    const version = prefix && value[`${prefix}.version`];
    if (data && typeof data === 'object' && !Array.isArray(data) && version) {
      // What stands beside the envelope must not hide.
      const isWhole = Object.keys(value).every((each) => (
        each.startsWith(`${prefix}.`)
        && ENVELOPE.includes(each.slice(prefix.length + 1))));
      if (!isWhole) return null;
      const changes = value[`${prefix}.changes`];
      return {
        namespace: textOf(value[`${prefix}.namespace`] ?? ''),
        name: textOf(value[key]),
        version: textOf(version),
        data,
        changes: Array.isArray(changes) ? changes.map(textOf) : [],
      };
    }
  }
  return null;
}
