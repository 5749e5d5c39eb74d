// The inspector: all fields of one notification, with nested objects.
// Rule: what is folded does not exist yet, and each list has a bound.

const MAX_CHILDREN = 200;

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
    this.drawMarks(isThere(mark), mark === show);
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

  // A button that goes away gives its focus to the other one.
  drawMarks(isMarked, isShown) {
    const focused = document.activeElement?.id;
    byId('unmark').hidden = !isMarked;
    byId('mark').disabled = isShown;
    if (focused === 'mark' && isShown) focusOn(byId('unmark'));
    if (focused === 'unmark' && !isMarked) focusOn(byId('mark'));
  }

  fill(recorded) {
    const { payload, context, ...envelope } = recorded.document;
    byId('inspector-title').textContent = brief(envelope.event_type);
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
          const shown = element('pre');
          const more = showBrief(
            shown, asJson(recorded.document, 2), MAX_JSON);
          raw.append(shown, more ?? '');
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
      element('span', { class: 'key' }, brief(String(key))), ' ');
    if (versioned) {
      summary.append(element('span', { class: 'version' },
        brief(`${versioned.name} ${versioned.version}`)));
    } else {
      const noun = Array.isArray(inner) ? 'item' : 'field';
      summary.append(element('span', { class: 'faint' },
        plural(keys.length, noun)));
    }
    if (versioned?.changes.length) {
      summary.append(element('span', { class: 'faint' },
        brief(` changed: ${versioned.changes.join(', ')}`, MAX_TEXT)));
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
          this.addChildren(parent, inner, keys, path, end);
          const next = more.nextSibling;
          focusOn(next.querySelector(':scope > summary') ?? next);
          more.remove();
        },
      }, `Show ${plural(keys.length - end, 'more field')}`);
      parent.append(more);
    }
  }

  leaf(key, value, path = null) {
    const text = textOf(value);
    const shown = element('span', { class: 'value' });
    const more = showBrief(shown, text);
    const made = element('div', { class: 'leaf' },
      element('span', { class: 'key' }, brief(String(key))), shown,
      more ?? '');
    if (path && this.canFilter(path, text)) {
      const where = `${path.join('.')}=${text}`;
      made.append(element('button', {
        type: 'button', 'aria-label': `Filter by ${brief(String(key))}`,
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
      && path.join('').length <= MAX_NAME
      && path.every((step) => !/[.[\]=]/.test(String(step)));
  }
}
