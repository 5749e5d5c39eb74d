// The search of documents: text, and fields by their path.
// Rule: no text of a reader becomes a regular expression, which can take longer
// than anybody waits.

const DOCUMENT_KEYS = ['message_id', 'publisher_id', 'event_type', 'priority',
  'timestamp', 'payload', 'topics', 'exchange', 'context'];
// Characters of the glob of a field.
const MAX_GLOB = 200;

// Returns a function that tells if a line meets all filters.
function searchOf(state) {
  const tests = state.where.map(fieldTest);
  if (state.text) tests.unshift(textTest(state.text));
  if (!tests.length) return null;
  return (line) => {
    let recorded = null;
    const parsed = () => (recorded ??= JSON.parse(line, exactly));
    return tests.every((test) => test(line, parsed));
  };
}

function textTest(text) {
  // Lines are JSON: a quote or a backslash of a value is escaped there. The
  // page shows some characters as escape sequences.
  const wanted = [text, unescaped(text)]
    .flatMap((each) => [each, JSON.stringify(each).slice(1, -1)])
    .map((each) => each.toUpperCase());
  const isAscii = !/[^\x00-\x7f]/.test(wanted.join(''));
  return (line, parsed) => {
    // A document with half a character is in ASCII, with escape sequences.
    const isReadable = isAscii || !/\\u(?!00[01])/.test(line);
    const folded = (isReadable ? line : asJson(parsed())).toUpperCase();
    return wanted.some((each) => folded.includes(each));
  };
}

// The inverse of visible().
function unescaped(text) {
  return text.replace(/\\u([0-9a-f]{4})/gi,
    (sequence, code) => String.fromCharCode(parseInt(code, 16)));
}

function fieldTest(where) {
  const at = where.indexOf('=');
  const path = parsePath(where.slice(0, at));
  const glob = new Glob(where.slice(at + 1));
  return (line, parsed) => {
    const value = findField(parsed(), path);
    if (value === undefined) return false;
    const text = fieldText(value);
    return glob.meets(text) || glob.meets(visible(text));
  };
}

// The mistake in a filter of a field; an empty text if there is none.
function mistakeOf(where) {
  const example = 'for example payload.host=compute-*';
  if (!where.includes('=')) return `Write FIELD=GLOB, ${example}`;
  return where.length - where.indexOf('=') - 1 <= MAX_GLOB ? ''
    : `The value has more than ${MAX_GLOB} characters. Shorten it with *, `
      + example;
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
  const versioned = versionedOf(value);
  return versioned ? `${versioned.name} ${versioned.version}` : textOf(value);
}

function asJson(value, indent) {
  return JSON.stringify(value, (key, inner) => (
    typeof inner === 'bigint' ? JSON.rawJSON(String(inner)) : inner), indent);
}
