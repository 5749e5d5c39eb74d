// The parts of the page, and how they follow the state.

async function main() {
  if (typeof DecompressionStream === 'undefined') {
    throw new Error('this browser is too old; it has no DecompressionStream');
  }
  const store = await Store.load();
  if (!store.count) return;
  byId('timeline').hidden = false;
  byId('notifications').hidden = false;
  byId('rounded').hidden = IS_EXACT;
  const choice = new Choice();
  const selection = new Selection(store);
  const grid = new Grid(store, choice);
  const timeline = new Timeline(store, choice);
  const facets = new Facets(store, selection, choice);
  const inspector = new Inspector(store, choice);
  const root = document.documentElement;
  let rows = null;
  let selected = null;
  let drawn = null;
  let turn = 0;

  // Only what a change concerns is drawn again.
  const update = async (state) => {
    const mine = ++turn;
    root.dataset.state = 'busy';
    byId('text').value = state.text;
    byId('group').value = state.group;
    const { show, mark, ...others } = state;
    const key = fragmentOf({ ...others, show: null, mark: null });
    const filters = fragmentOf({
      ...others, show: null, mark: null, sort: 'received', descending: false,
      group: '', folded: [],
    });
    if (rows === null || filters !== selected) {
      const found = await selection.rows(state, (share) => {
        // Few messages, because a screen reader speaks each of them.
        const text = `Searching: ${10 * Math.floor(10 * share)} %`;
        if (byId('status').textContent !== text) {
          byId('status').textContent = text;
        }
      });
      if (found === null) return;
      rows = found;
      selected = filters;
      timeline.draw(rows);
      facets.draw();
      byId('status').textContent = `${plural(rows.length, 'notification')} of `
        + `${number(store.count)}${store.step > 1 ? ' (sampled)' : ''}`;
    }
    if (key !== drawn) {
      drawn = key;
      grid.set(rows, state);
    } else {
      grid.draw();
    }
    await inspector.draw(state);
    if (mine === turn) root.dataset.state = 'ready';
  };

  choice.listeners.push((state) => {
    update(state).catch((error) => fail(`The page failed: ${error.message}`));
  });
  connect(store, choice, inspector);
  addEventListener('beforeprint', () => printable(store, rows ?? []));
  await update(choice.current);
  if (choice.current.show !== null) grid.reveal(choice.current.show);
  performance.mark('unixnotif-ready');
}

function connect(store, choice, inspector) {
  byId('group').append(element('option', { value: '' }, 'nothing'),
    ...FIELDS.filter((field) => store.columns[field].values.length > 1)
      .map((field) => element('option', { value: field },
        store.titles[field].toLowerCase())));
  byId('group').addEventListener('change', (event) => choice.change({
    group: event.target.value, folded: new Set(),
  }));
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    const where = byId('where').value.trim();
    const change = { text: byId('text').value };
    if (where) {
      byId('where').setCustomValidity(mistakeOf(where));
      if (!byId('where').reportValidity()) return;
      change.where = [...new Set([...choice.current.where, where])];
      byId('where').value = '';
    }
    choice.change(change);
  });
  byId('where').addEventListener('input',
    () => byId('where').setCustomValidity(''));
  for (const id of ['text', 'where']) {
    byId(id).addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        byId('search').requestSubmit();
      }
    });
  }
  byId('text').addEventListener('search',
    () => choice.change({ text: byId('text').value }));
  byId('clear').addEventListener('click', () => choice.clear());
  for (const button of document.querySelectorAll('.show-finding')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const { subject, version } = button.dataset;
      choice.clear();
      const { values } = store.columns.event_type;
      if (values.includes(subject)) choice.toggle('event_type', subject);
      else choice.change({ carries: carried(store, subject, version) });
      byId('notifications').scrollIntoView();
      byId('grid').focus({ preventScroll: true });
    });
  }
  addEventListener('keydown', (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId('text').focus();
    } else if (event.key === 'Escape' && choice.current.show !== null) {
      inspector.close();
    }
  });
}

// The payload of a finding: with its version, if the page has that version.
function carried(store, subject, version) {
  const exact = `${subject} ${version}`;
  const { values } = store.columns.payloads;
  return values.some((names) => names.includes(exact)) ? exact : subject;
}

main().catch((error) => fail(
  `The notifications cannot be shown: ${error.message}`));
