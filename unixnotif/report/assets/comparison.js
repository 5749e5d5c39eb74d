// The comparison of two notifications: microdiff finds the differences.

const difference = microdiff.default;
const MAX_DIFFERENCES = 1000;

// Versioned objects without the keys of their envelope, so that a path is
// that of the inspector.
function plain(value) {
  if (!value || typeof value !== 'object') return value;
  const versioned = versionedOf(value);
  if (!versioned) {
    if (Array.isArray(value)) return value.map(plain);
    const made = Object.create(null);
    for (const key of Object.keys(value)) made[key] = plain(value[key]);
    return made;
  }
  const made = plain(versioned.data);
  const { namespace, name, version, changes } = versioned;
  made['(payload)'] = `${namespace}:${name} ${version}`;
  if (changes.length) made['(changes)'] = changes.join(', ');
  return made;
}

function compared(before, after, first, second) {
  const found = difference(
    plain(before.document), plain(after.document), { cyclesFix: false });
  const title = element('h3', {},
    `Comparison of ${number(first + 1)} and ${number(second + 1)}: `
    + plural(found.length, 'difference'));
  const rows = found.slice(0, MAX_DIFFERENCES).map((each) => {
    // The number 5 differs from the text "5".
    const isAlike = each.type === 'CHANGE'
      && textOf(each.oldValue) === textOf(each.value);
    const text = (value) => brief(
      isAlike ? asJson(value) : textOf(value), MAX_TEXT);
    return element('tr', {},
      element('th', { scope: 'row' },
        ...each.path.flatMap((step) => ['.', isolated(brief(String(step)))])
          .slice(1)),
      element('td', { class: 'removed' },
        each.type === 'CREATE' ? '' : text(each.oldValue)),
      element('td', { class: 'added' },
        each.type === 'REMOVE' ? '' : text(each.value)));
  });
  const head = element('tr', {}, ...['Field', `Marked (${number(first + 1)})`,
    `Shown (${number(second + 1)})`].map((name) => (
    element('th', { scope: 'col' }, name))));
  const table = element('table', {}, element('thead', {}, head),
    element('tbody', {}, ...rows));
  const rest = found.length - rows.length;
  return rest > 0
    ? [title, table, element('p', {}, `and ${plural(rest, 'more difference')}`)]
    : [title, table];
}
