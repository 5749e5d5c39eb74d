// Filters: the names of each field with their numbers, and the chips of all
// filters that are set.

const MAX_SHOWN = 100;

class Facets {
  constructor(store, selection, choice) {
    Object.assign(this, { store, selection, choice });
    this.narrowed = {};
    this.parts = new Map();
    const inner = byId('facets').querySelector('div');
    for (const field of FIELDS) {
      if (this.names(field).length < 2) continue;
      const list = element('div');
      const part = element('details', { toggle: () => this.fill(field) },
        element('summary', {}, store.titles[field]), list);
      this.parts.set(field, { part, list });
      inner.append(part);
    }
    const wide = matchMedia('(min-width: 75.01rem)');
    byId('facets').open = wide.matches;
    for (const field of ['event_type', 'priority']) {
      const part = this.parts.get(field)?.part;
      if (part) part.open = true;
    }
  }

  names(field) {
    return this.store.columns[field].values;
  }

  // Draws the open parts again.
  draw() {
    for (const field of this.parts.keys()) this.fill(field);
    this.drawChips();
  }

  fill(field) {
    const { part, list } = this.parts.get(field);
    if (!part.open) return;
    const state = this.choice.current;
    const { values, index } = this.store.columns[field];
    const counts = new Uint32Array(values.length);
    for (const row of this.selection.named(state, field)) counts[index[row]]++;
    const narrowed = (this.narrowed[field] ?? '').toLowerCase();
    const chosen = state.names[field];
    const order = values.map((name, i) => i)
      .filter((i) => chosen.has(values[i])
        || values[i].toLowerCase().includes(narrowed))
      .sort((a, b) => (chosen.has(values[b]) - chosen.has(values[a]))
        || counts[b] - counts[a] || (values[a] < values[b] ? -1 : 1));
    const focused = document.activeElement?.dataset.name;
    list.replaceChildren();
    if (values.length > 12) {
      list.append(element('input', {
        type: 'text', value: this.narrowed[field] ?? '',
        'aria-label': `Find in ${this.store.titles[field]}`,
        placeholder: 'find', 'data-name': `find ${field}`,
        input: (event) => {
          this.narrowed[field] = event.target.value;
          const at = event.target.selectionStart;
          this.fill(field);
          const again = list.querySelector('input');
          again.focus();
          again.setSelectionRange(at, at);
        },
      }));
    }
    for (const i of order.slice(0, MAX_SHOWN)) {
      const box = element('input', {
        type: 'checkbox', checked: chosen.has(values[i]),
        'data-name': `${field} ${values[i]}`,
        change: () => this.choice.toggle(field, values[i]),
      });
      list.append(element('label', {}, box,
        element('span', {}, values[i] || '(none)'),
        element('b', {}, number(counts[i]))));
    }
    if (order.length > MAX_SHOWN) {
      list.append(element('p', { class: 'faint' },
        `and ${plural(order.length - MAX_SHOWN, 'more name')}`));
    }
    if (focused) {
      for (const each of list.querySelectorAll('input')) {
        if (each.dataset.name === focused) each.focus();
      }
    }
  }

  drawChips() {
    const { choice } = this;
    const state = choice.current;
    const chips = [];
    const add = (text, values) => chips.push(element('li', {}, element(
      'button', {
        type: 'button', title: 'Remove this filter',
        click: () => choice.change(values),
      }, isolated(brief(text, MAX_TEXT)),
      element('span', { 'aria-hidden': 'true' }, ' ✕'))));
    for (const field of FIELDS) {
      for (const name of state.names[field]) {
        const rest = new Set(state.names[field]);
        rest.delete(name);
        add(`${this.store.titles[field]}: ${name || '(none)'}`,
          { names: { ...state.names, [field]: rest } });
      }
    }
    if (state.carries) add(`Carries ${state.carries}`, { carries: '' });
    if (state.text) add(`Text: ${state.text}`, { text: '' });
    for (const each of state.where) {
      add(each, { where: state.where.filter((other) => other !== each) });
    }
    if (state.from !== null || state.to !== null) {
      const show = (time) => (time === null ? '' : timeText(time, false));
      add(`Time: ${show(state.from)} to ${show(state.to)}`,
        { from: null, to: null });
    }
    const place = [...byId('chips').children].findIndex((chip) => (
      chip.contains(document.activeElement)));
    byId('chips').replaceChildren(...chips);
    // The chip that had the focus is gone.
    if (place >= 0) {
      const next = chips[Math.min(place, chips.length - 1)];
      focusOn(next?.firstChild ?? byId('grid'));
    }
  }
}
