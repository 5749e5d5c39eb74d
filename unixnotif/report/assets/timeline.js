// The timeline: numbers of notifications by event type, and losses.
// Rule: uPlot draws; this part only counts.

const MAX_SERIES = 7;
const COLORS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9',
  '#d55e00', '#b8a800', '#8c8c8c'];
const LOSS_COLOR = '#d00000';
// Of a link, in milliseconds; JavaScript has no date far beyond.
const MAX_TIME = 999999999999999;
// Steps of an axis of whole numbers.
const WHOLE = Array.from({ length: 12 }, (_, i) => 10 ** i)
  .flatMap((step) => [step, 2 * step, 5 * step]);

// As much of a time as differs between the marks of an axis.
function axisTime(time, step) {
  const text = new Date(time).toISOString();
  if (step >= 86400000) return text.slice(0, 10);
  if (step >= 60000) return text.slice(11, 16);
  return step >= 1000 ? text.slice(11, 19) : text.slice(14, 23);
}

class Timeline {
  constructor(store, choice) {
    Object.assign(this, { store, choice, plot: null });
    const { values, index } = store.columns.event_type;
    const counts = new Uint32Array(values.length);
    for (const each of index) counts[each]++;
    const order = values.map((name, i) => i)
      .sort((a, b) => counts[b] - counts[a] || (values[a] < values[b] ? -1 : 1));
    this.shown = order.slice(0, MAX_SERIES).map((i) => values[i]);
    this.series = new Uint8Array(values.length).fill(this.shown.length);
    order.slice(0, MAX_SERIES).forEach((i, place) => {
      this.series[i] = place;
    });
    this.others = order.length - this.shown.length;
    this.drawLegend();
    this.connect();
    new ResizeObserver(() => this.resize()).observe(byId('plot'));
    matchMedia('(prefers-color-scheme: dark)')
      .addEventListener('change', () => this.draw(this.rows));
  }

  // The period that is shown; never empty.
  period() {
    const { from, to } = this.choice.current;
    const { first, last } = this.store;
    const start = from ?? (Number.isFinite(first) ? first : 0);
    const end = to ?? (Number.isFinite(last) ? last : 0);
    return end - start >= 10 ? [start, end] : [start - 500, start + 500];
  }

  count(rows) {
    const [start, end] = this.period();
    const number = Math.max(20, Math.min(120, byId('plot').clientWidth / 8 | 0));
    const step = (end - start) / number;
    const kinds = this.shown.length + (this.others ? 1 : 0);
    const counts = Array.from({ length: kinds }, () => new Array(number).fill(0));
    const { received, columns } = this.store;
    const { index } = columns.event_type;
    for (const row of rows) {
      const place = Math.min(number - 1, (received[row] - start) / step | 0);
      if (place >= 0) counts[this.series[index[row]]][place]++;
    }
    const lost = new Array(number).fill(null);
    for (const loss of this.store.losses) {
      const place = Math.min(number - 1, (loss.received - start) / step | 0);
      if (loss.received >= start && loss.received <= end) {
        lost[place] = (lost[place] ?? 0) + loss.count;
      }
    }
    const times = counts[0] ? lost.map((_, i) => start + (i + 0.5) * step) : [];
    return { start, end, step, times, counts, lost };
  }

  draw(rows) {
    this.rows = rows;
    const found = this.count(rows);
    this.found = found;
    // The first series is the sum of all, so that later ones cover it.
    const sums = [];
    for (let i = found.counts.length - 1, below = null; i >= 0; i--) {
      below = found.counts[i].map((count, n) => count + (below?.[n] ?? 0));
      sums[i] = below;
    }
    this.plot?.destroy();
    const hasLosses = found.lost.some((count) => count !== null);
    this.plot = new uPlot(
      this.options(found, hasLosses),
      [found.times, ...sums, ...(hasLosses ? [found.lost] : [])],
      byId('plot'));
    this.describe(rows, found);
  }

  options(found, hasLosses) {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--text'),
      grid: { stroke: color('--line'), width: 0.5 },
      ticks: { stroke: color('--line') },
    };
    const bars = uPlot.paths.bars({ size: [0.92, 60] });
    const fill = (place) => (
      place < this.shown.length ? COLORS[place] : COLORS[MAX_SERIES]);
    const series = found.counts.map((_, place) => ({
      fill: fill(place), stroke: fill(place), width: 0, paths: bars,
      points: { show: false },
    }));
    const losses = {
      scale: 'lost', stroke: LOSS_COLOR, paths: () => null,
      points: { show: true, size: 11, fill: LOSS_COLOR, stroke: LOSS_COLOR },
    };
    return {
      width: Math.max(200, byId('plot').clientWidth), height: 220, ms: 1,
      tzDate: (time) => uPlot.tzDate(new Date(time), 'Etc/UTC'),
      legend: { show: false },
      cursor: {
        points: { show: false }, drag: { x: true, y: false, setScale: false },
      },
      scales: {
        x: { time: true, range: [found.start, found.end] },
        y: { range: (plot, low, high) => [0, Math.max(1, high || 0) * 1.05] },
        lost: { range: (plot, low, high) => [0, Math.max(1, high || 0) * 1.2] },
      },
      axes: [
        { ...axis, values: (plot, times, i, space, step) => (
          times.map((time) => axisTime(time, step))) },
        { ...axis, incrs: WHOLE, size: 56, label: 'notifications',
          labelSize: 20 },
        ...(hasLosses ? [{ ...axis, scale: 'lost', side: 1, size: 50,
          label: 'lost', labelSize: 20, incrs: WHOLE, stroke: color('--bad'),
          grid: { show: false } }] : []),
      ],
      series: [{}, ...series, ...(hasLosses ? [losses] : [])],
      hooks: {
        setSelect: [(plot) => this.select(plot)],
        setCursor: [(plot) => this.point(plot.cursor.idx)],
      },
    };
  }

  select(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    this.show(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  point(place) {
    const { times, step, counts, lost } = this.found;
    let text = '';
    if (place !== null && place !== undefined && times.length) {
      const names = [...this.shown, 'other event types'];
      const parts = counts.map((each, i) => [each[place], names[i]])
        .filter(([count]) => count)
        // Isolated, as by the element bdi.
        .map(([count, name]) => `${count} \u2068${name}\u2069`);
      if (lost[place]) parts.push(`${lost[place]} lost`);
      text = `${timeText(times[place] - step / 2, false)}: `
        + (parts.join(', ') || 'none');
    }
    byId('under-cursor').textContent = text;
  }

  describe(rows, found) {
    const day = (time) => new Date(time).toISOString().slice(0, 10);
    const withDate = day(found.start) !== day(found.end);
    const shown = `${timeText(found.start, withDate)} to `
      + `${timeText(found.end, withDate)} UTC`;
    byId('period').textContent = shown;
    const lost = found.lost.reduce((sum, count) => sum + (count ?? 0), 0);
    byId('plot').setAttribute('aria-label',
      `Timeline of ${plural(rows.length, 'notification')}, ${shown}; `
      + `${number(lost)} lost`);
    const { from, to } = this.choice.current;
    const isWhole = from === null && to === null;
    const hadFocus = document.activeElement === byId('whole');
    byId('whole').disabled = isWhole;
    if (hadFocus && isWhole) focusOn(byId('zoom-in'));
    const chosen = this.choice.current.names.event_type;
    for (const button of byId('legend').querySelectorAll('button')) {
      button.setAttribute('aria-pressed', chosen.has(button.dataset.name));
    }
  }

  drawLegend() {
    const items = this.shown.map((name, place) => {
      const swatch = element('span', { class: 'swatch' });
      swatch.style.background = COLORS[place];
      return element('li', {}, element('button', {
        type: 'button', title: 'Show only this event type, or all again',
        click: () => this.choice.toggle('event_type', name),
        'data-name': name,
      }, swatch, isolated(name || '(none)')));
    });
    if (this.others) {
      const swatch = element('span', { class: 'swatch' });
      swatch.style.background = COLORS[MAX_SERIES];
      items.push(element('li', {}, swatch,
        plural(this.others, 'other event type')));
    }
    if (this.store.losses.length) {
      const swatch = element('span', { class: 'swatch' });
      swatch.style.background = LOSS_COLOR;
      items.push(element('li', {}, swatch, 'lost notifications'));
    }
    byId('legend').replaceChildren(...items);
  }

  connect() {
    const moved = (change) => () => {
      const [start, end] = this.period();
      this.show(...change(start, end - start));
    };
    const act = (id, change) => byId(id).addEventListener('click', moved(change));
    act('zoom-in', (start, size) => [start + size / 4, start + size * 3 / 4]);
    act('zoom-out', (start, size) => [start - size / 2, start + size * 3 / 2]);
    act('earlier', (start, size) => [start - size / 2, start + size / 2]);
    act('later', (start, size) => [start + size / 2, start + size * 3 / 2]);
    byId('whole').addEventListener('click',
      () => this.choice.change({ from: null, to: null }));
  }

  show(from, to) {
    const { first, last } = this.store;
    if (from <= first && to >= last) {
      this.choice.change({ from: null, to: null });
    } else if (to - from >= 1 && from >= -MAX_TIME && to <= MAX_TIME) {
      this.choice.change({ from: Math.floor(from), to: Math.ceil(to) });
    }
  }

  resize() {
    const width = byId('plot').clientWidth;
    if (this.plot && width && Math.abs(width - this.plot.width) > 2) {
      this.draw(this.rows);
    }
  }
}
