// The inspector: all fields of one notification, with nested objects.
// Rule: what is folded does not exist yet, and each list has a bound.

const MAX_CHILDREN = 200;
const MAX_TEXT = 2000;

class Inspector {
  constructor(store, choice) {
    Object.assign(this, { store, choice, shown: null });
    byId('mark').addEventListener('click',
      () => choice.change({ mark: choice.current.show }));
    byId('unmark').addEventListener('click', () => choice.change({ mark: null }));
    byId('close').addEventListener('click', () => this.close());
  }

  close() {
    this.choice.change({ show: null });
    byId('grid').focus();
  }

  async draw({ show, mark }) {
    const isThere = (row) => row !== null && row >= 0 && row < this.store.count;
    byId('inspector').hidden = !isThere(show);
    byId('inspector').parentNode.classList.toggle('inspecting', isThere(show));
    if (!isThere(show)) {
      this.shown = null;
      return;
    }
    byId('unmark').hidden = !isThere(mark);
    byId('mark').disabled = mark === show;
    if (this.shown !== show) {
      this.shown = show;
      const recorded = await this.store.document(show);
      if (this.shown !== show) return;
      this.fill(recorded);
    }
    const isPair = isThere(mark) && mark !== show;
    const other = isPair ? await this.store.document(mark) : null;
    if (this.shown !== show || this.choice.current.mark !== mark) return;
    const recorded = other && await this.store.document(show);
    byId('comparison').replaceChildren(
      ...(other ? compared(other, recorded, mark, show) : []));
  }

  fill(recorded) {
    const { payload, context, ...envelope } = recorded.document;
    byId('inspector-title').textContent = visible(envelope.event_type);
    const known = ['event_type', 'priority', 'publisher_id', 'message_id',
      'timestamp', 'exchange', 'topics'];
    const { sender } = recorded;
    const parts = known.filter((key) => envelope[key] != null)
      .map((key) => this.node(key, envelope[key], [key]));
    parts.push(this.leaf('received', recorded.received));
    if (sender) {
      parts.push(this.leaf('sender', `pid ${sender.pid}, uid ${sender.uid}, `
        + `gid ${sender.gid}`));
    }
    if (recorded.test_id) parts.push(this.leaf('test', recorded.test_id));
    parts.push(this.node('payload', payload, ['payload'], true));
    if (context && Object.keys(context).length) {
      parts.push(this.node('context', context, ['context']));
    }
    const raw = element('details', {
      toggle: (event) => {
        if (event.target.open && !raw.querySelector('pre')) {
          raw.append(element('pre', {},
            visible(asJson(recorded.document, 2))));
        }
      },
    }, element('summary', {}, 'JSON'));
    byId('fields').replaceChildren(...parts, raw);
  }

  // A field: a leaf, or a part that unfolds.
  node(key, value, path, isOpen = false) {
    const versioned = versionedOf(value);
    const inner = versioned ? versioned.data : value;
    if (!inner || typeof inner !== 'object') return this.leaf(key, value, path);
    const keys = Object.keys(inner);
    const summary = element('summary', {},
      element('span', { class: 'key' }, visible(String(key))), ' ');
    if (versioned) {
      summary.append(element('span', { class: 'version' },
        visible(`${versioned.name} ${versioned.version}`)));
    } else {
      const noun = Array.isArray(inner) ? 'item' : 'field';
      summary.append(element('span', { class: 'faint' },
        plural(keys.length, noun)));
    }
    if (versioned?.changes.length) {
      summary.append(element('span', { class: 'faint' },
        visible(` changed: ${versioned.changes.join(', ')}`)));
    }
    const children = element('div');
    const part = element('details', {
      toggle: () => {
        if (part.open && !children.firstChild) {
          this.addChildren(children, inner, keys, path, 0);
        }
      },
    }, summary, children);
    if (isOpen) {
      part.open = true;
      this.addChildren(children, inner, keys, path, 0);
    }
    return part;
  }

  addChildren(parent, inner, keys, path, start) {
    const end = Math.min(keys.length, start + MAX_CHILDREN);
    for (const key of keys.slice(start, end)) {
      parent.append(this.node(key, inner[key], [...path, key]));
    }
    if (end < keys.length) {
      const more = element('button', {
        type: 'button',
        click: () => {
          more.remove();
          this.addChildren(parent, inner, keys, path, end);
        },
      }, `Show ${plural(keys.length - end, 'more field')}`);
      parent.append(more);
    }
  }

  leaf(key, value, path = null) {
    const text = typeof value === 'string' ? value : asJson(value);
    const shown = element('span', { class: 'value' },
      visible(text.slice(0, MAX_TEXT)));
    const made = element('div', { class: 'leaf' },
      element('span', { class: 'key' }, visible(String(key))), shown);
    if (text.length > MAX_TEXT) {
      const more = element('button', {
        type: 'button',
        click: () => {
          shown.textContent = visible(text);
          more.remove();
        },
      }, `Show all ${number(text.length)} characters`);
      made.append(more);
    }
    if (path && this.canFilter(path, text)) {
      const where = `${path.join('.')}=${text}`;
      made.append(element('button', {
        type: 'button', 'aria-label': `Filter by ${visible(String(key))}`,
        title: 'Show the notifications with this value',
        click: () => this.choice.change({
          where: [...new Set([...this.choice.current.where, where])],
        }),
      }, 'filter'));
    }
    return made;
  }

  // A glob has no way to quote its characters.
  canFilter(path, text) {
    return text.length <= MAX_GLOB && !/[*?]/.test(text)
      && path.every((step) => !/[.[\]=]/.test(String(step)));
  }
}
