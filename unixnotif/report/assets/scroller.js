// The scrolled part of the table: only the rows that are visible exist.
// Rule: all rows have one height. Browsers limit the height of an element, so
// that a pixel of the scroll bar is several pixels of a long table.

const ROW_HEIGHT = 28;
// Firefox allows 17 million pixels. Chromium allows 33 million pixels of the
// screen, which are fewer pixels of a page that is zoomed.
const MAX_HEIGHT = 8000000;
// Rows that exist above and below the visible ones.
const OVERSCAN = 12;

class Scroller {
  // Calls a function when other rows are visible.
  constructor(viewport, sizer, changed) {
    Object.assign(this, { viewport, sizer, changed, count: 0 });
    // The scroll bar is less exact than the place that was scrolled to.
    this.written = { top: 0, scrollTop: 0 };
    viewport.addEventListener('scroll', () => changed());
    viewport.addEventListener('wheel', (event) => this.turn(event),
      { passive: false });
    new ResizeObserver(() => changed()).observe(viewport);
  }

  set(count) {
    this.count = count;
    this.sizer.style.height = `${Math.min(count * ROW_HEIGHT, MAX_HEIGHT)}px`;
  }

  // The greatest distance to the top, in pixels of all rows.
  most() {
    return Math.max(0, this.count * ROW_HEIGHT - this.viewport.clientHeight);
  }

  scale() {
    const { scrollHeight, clientHeight } = this.viewport;
    const most = this.most();
    const isScaled = most > scrollHeight - clientHeight;
    return isScaled ? most / Math.max(1, scrollHeight - clientHeight) : 1;
  }

  // The distance to the top, in pixels of all rows.
  top() {
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    if (scrollTop === this.written.scrollTop) return this.written.top;
    // At the end a scroll bar lacks a part of a pixel.
    return scrollTop + clientHeight > scrollHeight - 1 ? this.most()
      : scrollTop * this.scale();
  }

  scrollTo(top) {
    const there = Math.max(0, Math.min(this.most(), top));
    this.viewport.scrollTop = there / this.scale();
    this.written = { top: there, scrollTop: this.viewport.scrollTop };
    this.changed();
  }

  // The wheel of a mouse moves by rows that are visible, in any table.
  turn(event) {
    if (event.ctrlKey || !event.deltaY || this.scale() === 1) return;
    const units = [1, ROW_HEIGHT, this.viewport.clientHeight];
    const before = this.top();
    this.scrollTo(before + event.deltaY * units[event.deltaMode]);
    if (this.top() !== before) event.preventDefault();
  }

  // Makes a row visible.
  reveal(place) {
    const start = place * ROW_HEIGHT;
    const top = this.top();
    const height = this.viewport.clientHeight;
    if (start < top) this.scrollTo(start);
    else if (start + ROW_HEIGHT > top + height) {
      this.scrollTo(start + ROW_HEIGHT - height);
    }
  }

  // The places of the rows that exist, each with its distance to the top of
  // the element.
  places() {
    const top = this.top();
    const moved = this.viewport.scrollTop - top;
    const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
    const last = Math.min(this.count - 1, OVERSCAN
      + Math.floor((top + this.viewport.clientHeight) / ROW_HEIGHT));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (
      [first + i, (first + i) * ROW_HEIGHT + moved]));
  }
}
