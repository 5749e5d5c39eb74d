// The table: its rows, their order, and its keys.
// Rule: the focus stays on the table; the active row is its descendant.

// The class and the name of a test, without its module.
function shortTest(name) {
  return name.includes('::') ? name.slice(name.lastIndexOf('/') + 1)
    : name.split('.').slice(-2).join('.');
}

class Grid {
  constructor(store, choice) {
    Object.assign(this, { store, choice, items: new Int32Array(0) });
    this.root = byId('grid');
    this.viewport = byId('viewport');
    this.active = 0;
    this.groups = [];
    // Names in their order, so that sorting compares numbers.
    this.ranks = {};
    this.root.addEventListener('keydown', (event) => this.press(event));
    this.viewport.addEventListener('click', (event) => this.click(event));
    this.drawColumns();
    this.scroller = new Scroller(
      this.viewport, byId('sizer'), () => this.draw());
  }

  drawColumns() {
    const titles = { received: 'Time', ...this.store.titles };
    this.columns = ['received', 'priority', 'event_type', 'payload',
      'publisher_id', 'pid', 'test_id'];
    const cells = this.columns.map((field) => element('span', {
      role: 'columnheader', 'data-field': field, 'aria-sort': 'none',
    }, element('button', {
      type: 'button', title: `Sort by ${titles[field]}`,
      click: () => {
        const { sort, descending } = this.choice.current;
        this.choice.change({
          sort: field, descending: sort === field && !descending,
        });
      },
    }, titles[field])));
    byId('columns').replaceChildren(...cells);
    this.root.setAttribute('aria-colcount', cells.length);
  }

  rank(field) {
    if (field === 'received') return this.store.received;
    if (!this.ranks[field]) {
      const { values, index } = this.store.columns[field];
      const isNumeric = field === 'pid';
      const order = values.map((name, i) => i).sort((a, b) => (isNumeric
        ? values[a] - values[b] : values[a] < values[b] ? -1 : 1));
      const places = new Uint32Array(values.length);
      order.forEach((i, place) => { places[i] = place; });
      this.ranks[field] = index.map((i) => places[i]);
    }
    return this.ranks[field];
  }

  // Shows other rows, sorted and grouped.
  set(rows, state) {
    const activeItem = this.items[this.active];
    const sorted = this.sorted(rows, state);
    this.items = state.group ? this.grouped(sorted, state) : sorted;
    for (const cell of byId('columns').children) {
      const isSorted = cell.dataset.field === state.sort;
      const way = state.descending ? 'descending' : 'ascending';
      cell.setAttribute('aria-sort', isSorted ? way : 'none');
    }
    const place = this.items.indexOf(activeItem);
    this.active = place >= 0 ? place : 0;
    this.root.setAttribute('aria-rowcount', this.items.length + 1);
    this.root.setAttribute('role', state.group ? 'treegrid' : 'grid');
    this.scroller.set(this.items.length);
    this.scroller.scrollTo(place < 0 ? 0 : this.scroller.top());
  }

  sorted(rows, { sort, descending }) {
    const rank = this.rank(sort);
    const way = descending ? -1 : 1;
    return Int32Array.from(rows)
      .sort((a, b) => way * (rank[a] - rank[b]) || a - b);
  }

  // Each group begins with a header: -1 less the number of the group.
  grouped(rows, { group, folded }) {
    const { values, index } = this.store.columns[group];
    const members = new Map();
    for (const row of rows) {
      const found = members.get(index[row]);
      if (found) found.push(row); else members.set(index[row], [row]);
    }
    this.groups = [];
    const items = [];
    for (const [i, each] of members) {
      const isFolded = folded.has(values[i]);
      items.push(-1 - this.groups.length);
      this.groups.push({ name: values[i], count: each.length, isFolded });
      if (!isFolded) for (const row of each) items.push(row);
    }
    return Int32Array.from(items);
  }

  draw() {
    const drawn = this.scroller.places().map(([place, top]) => {
      const row = this.row(place);
      row.style.transform = `translateY(${top}px)`;
      return row;
    });
    byId('sizer').replaceChildren(...drawn);
    // A row that does not exist is nobody's descendant.
    const active = `row-${this.active}`;
    if (byId(active)) this.root.setAttribute('aria-activedescendant', active);
    else this.root.removeAttribute('aria-activedescendant');
  }

  row(place) {
    const item = this.items[place];
    const attributes = {
      role: 'row', id: `row-${place}`, 'aria-rowindex': place + 2,
    };
    const active = place === this.active ? ' active' : '';
    if (item < 0) {
      const { name, count, isFolded } = this.groups[-1 - item];
      return element('div', {
        ...attributes, class: `row header${active}`,
        'aria-expanded': String(!isFolded), 'aria-level': 1,
      }, element('span', { role: 'gridcell' },
        element('span', { 'aria-hidden': 'true' }, isFolded ? '▸ ' : '▾ '),
        isolated(name || '(none)'), ` (${number(count)})`));
    }
    const { show, mark } = this.choice.current;
    const priority = this.store.name('priority', item);
    const severe = /^(ERROR|CRITICAL)$/.test(priority) ? ' severe' : '';
    const marked = item === mark ? ' marked' : '';
    const cells = this.columns.map((field) => {
      const text = field === 'received'
        ? timeText(this.store.received[item], false)
        : this.store.name(field, item);
      return element('span', {
        role: 'gridcell', class: field === 'received' ? 'time' : '',
        title: text,
      }, field === 'test_id' ? shortTest(text) : text);
    });
    return element('div', {
      ...attributes, class: `row${severe}${marked}${active}`,
      'aria-selected': String(item === show),
      ...(this.choice.current.group ? { 'aria-level': 2 } : {}),
    }, ...cells);
  }

  click(event) {
    const row = event.target.closest('.row');
    if (!row) return;
    this.active = +row.id.slice(4);
    this.root.focus({ preventScroll: true });
    this.open();
  }

  open() {
    const item = this.items[this.active];
    if (item === undefined) return;
    if (item >= 0) this.choice.change({ show: item });
    else this.fold(item);
  }

  fold(item) {
    const folded = new Set(this.choice.current.folded);
    const { name } = this.groups[-1 - item];
    if (!folded.delete(name)) folded.add(name);
    this.choice.change({ folded });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.items.length - 1;
    const page = Math.max(1, (this.viewport.clientHeight / ROW_HEIGHT | 0) - 1);
    const item = this.items[this.active];
    const targets = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1,
      PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: last,
    };
    const isButton = event.target.closest('button') !== null;
    if (event.key in targets) {
      this.move(Math.max(0, Math.min(last, targets[event.key])));
    } else if (event.key === 'Enter' && !isButton) {
      this.open();
    } else if (/^Arrow(Left|Right)$/.test(event.key) && item < 0) {
      const { isFolded } = this.groups[-1 - item];
      if (isFolded === (event.key === 'ArrowRight')) this.fold(item);
    } else if (event.key === 'c' && item >= 0) {
      this.choice.change({ mark: item });
    } else {
      return;
    }
    event.preventDefault();
  }

  move(place) {
    this.active = Math.max(0, place);
    this.scroller.reveal(this.active);
    this.draw();
  }

  // Makes a row visible, if it is among those that are shown.
  reveal(row) {
    const place = this.items.indexOf(row);
    if (place >= 0) this.move(place);
  }
}
