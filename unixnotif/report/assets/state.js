// The state: all that a reader has chosen, also in the address bar.
// Rule: a link shows what its sender saw; unknown parts of it are ignored.

const FIELDS = ['event_type', 'priority', 'publisher_id', 'payload',
  'exchange', 'topics', 'pid', 'test_id'];
const SORTABLE = ['received', ...FIELDS];

function emptyState() {
  return {
    names: Object.fromEntries(FIELDS.map((field) => [field, new Set()])),
    carries: '', text: '', where: [], from: null, to: null,
    sort: 'received', descending: false, group: '', folded: new Set(),
    show: null, mark: null,
  };
}

function parseFragment(fragment) {
  const state = emptyState();
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const whole = (name) => (
    /^-?\d{1,15}$/.test(given.get(name) ?? '') ? +given.get(name) : null);
  for (const field of FIELDS) state.names[field] = new Set(given.getAll(field));
  state.carries = given.get('carries') ?? '';
  state.text = given.get('text') ?? '';
  state.where = given.getAll('where').filter((each) => !mistakeOf(each));
  state.from = whole('from');
  state.to = whole('to');
  const sort = given.get('sort') ?? 'received';
  if (SORTABLE.includes(sort.replace(/^-/, ''))) {
    state.sort = sort.replace(/^-/, '');
    state.descending = sort.startsWith('-');
  }
  const group = given.get('group') ?? '';
  state.group = FIELDS.includes(group) ? group : '';
  state.folded = new Set(given.getAll('folded'));
  state.show = whole('show');
  state.mark = whole('mark');
  return state;
}

function fragmentOf(state) {
  const made = new URLSearchParams();
  for (const field of FIELDS) {
    for (const name of state.names[field]) made.append(field, name);
  }
  for (const name of ['carries', 'text', 'group']) {
    if (state[name]) made.append(name, state[name]);
  }
  for (const each of state.where) made.append('where', each);
  for (const name of ['from', 'to', 'show', 'mark']) {
    if (state[name] !== null) made.append(name, state[name]);
  }
  if (state.sort !== 'received' || state.descending) {
    made.append('sort', (state.descending ? '-' : '') + state.sort);
  }
  for (const each of state.folded) made.append('folded', each);
  return made.toString();
}

// Calls its listeners after each change.
class Choice {
  constructor() {
    this.listeners = [];
    this.current = parseFragment(location.hash);
    addEventListener('hashchange', () => {
      // A link to a part of the page is no state.
      const target = location.hash.slice(1);
      if (target && !target.includes('=')) {
        this.write();
      } else if (target !== fragmentOf(this.current)) {
        this.current = parseFragment(target);
        this.tell();
      }
    });
  }

  change(values) {
    Object.assign(this.current, values);
    this.write();
    this.tell();
  }

  clear() {
    const { sort, descending, group, show, mark } = this.current;
    this.change({ ...emptyState(), sort, descending, group, show, mark });
  }

  toggle(field, name) {
    const names = new Set(this.current.names[field]);
    if (!names.delete(name)) names.add(name);
    this.change({ names: { ...this.current.names, [field]: names } });
  }

  write() {
    const fragment = fragmentOf(this.current);
    try {
      history.replaceState(null, '', `#${fragment}`);
    } catch {
      // A page in a sandbox has no history.
      location.hash = fragment;
    }
  }

  tell() {
    for (const listener of this.listeners) listener(this.current);
  }
}
