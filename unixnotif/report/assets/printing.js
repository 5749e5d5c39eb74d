// The printed page: a plain table in place of the one that scrolls.

const MAX_PRINTED = 200;

function printable(store, rows) {
  const fields = ['priority', 'event_type', 'payload', 'publisher_id',
    'test_id'];
  const titles = ['Time', ...fields.map((field) => store.titles[field])];
  const body = Array.from(rows.slice(0, MAX_PRINTED), (row) => element('tr', {},
    element('td', {}, timeText(store.received[row], false)),
    ...fields.map((field) => element('td', {}, store.name(field, row)))));
  const head = element('tr', {},
    ...titles.map((title) => element('th', { scope: 'col' }, title)));
  const note = element('p', {}, rows.length > MAX_PRINTED
    ? `The first ${MAX_PRINTED} of ${plural(rows.length, 'notification')}:`
    : `${plural(rows.length, 'notification')}:`);
  byId('printed').replaceChildren(note, element('table', {},
    element('thead', {}, head), element('tbody', {}, ...body)));
}
