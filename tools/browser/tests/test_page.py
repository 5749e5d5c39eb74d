# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Use of a page by a reader: filters, details, comparison, keys."""

import pathlib
from typing import ClassVar

from tools.browser.tests import base


class PageTest(base.BrowserTest):
    """The page of nova's notification tests."""

    page_path: ClassVar[pathlib.Path]
    server: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.page_path = cls.make(
            base.NOVA_RUN, '--title', 'nova', '--catalogue', base.CATALOGUE
        )
        cls.server = cls.make(base.NOVA)

    def test_summary(self) -> None:
        """The first lines name numbers, losses and findings."""
        page = self.open(self.page_path)
        text = page.locator('#summary').inner_text().replace('\u00a0', '')
        for part in (
            '1228 notifications of 231 event types',
            'in 47 tests',
            'No notification was lost',
            '1 contract finding',
        ):
            self.assertIn(part, text)

    def test_losses(self) -> None:
        """Lost notifications are in the summary and on the timeline."""
        page = self.open(self.server)
        self.assertIn(
            '2 notifications were lost (buffer_full: 2)',
            page.locator('#summary').inner_text().replace('\n', ' '),
        )
        label = page.locator('#plot').get_attribute('aria-label')
        self.assertIn('2 lost', label or '')
        red = page.evaluate(
            """() => {
              const canvas = document.querySelector('#plot canvas');
              const { data } = canvas.getContext('2d')
                .getImageData(0, 0, canvas.width, canvas.height);
              for (let i = 0; i < data.length; i += 4) {
                if (data[i] === 208 && data[i + 1] === 0 && data[i + 3] === 255
                    && data[i + 2] === 0) return true;
              }
              return false;
            }"""
        )
        self.assertTrue(red)

    def test_name_filter(self) -> None:
        """A box of the filters selects, and the link has the filter."""
        page = self.open(self.page_path)
        page.get_by_label('service.create').check()
        self.assertEqual(144, self.count(page))
        self.assertEqual(
            {row[2] for row in self.rows(page)}, {'service.create'}
        )
        self.assertEqual(['service.create'], self.state(page)['event_type'])
        page.locator('#chips button').click()
        self.assertEqual(1228, self.count(page))

    def test_every_field_filters(self) -> None:
        """Each column is a filter; several must all be met."""
        page = self.open(
            self.page_path,
            {
                'priority': 'ERROR',
                'publisher_id': 'nova-compute:compute',
                'topics': 'versioned_notifications',
            },
        )
        found = self.rows(page)
        self.assertEqual(self.count(page), len(found))
        self.assertEqual(
            {('ERROR', 'nova-compute:compute')},
            {(row[1], row[4]) for row in found},
        )

    def test_search(self) -> None:
        """Text is found in payloads, whatever its case."""
        page = self.open(self.page_path)
        page.keyboard.press('/')
        page.keyboard.type('FLAVOR_EXTRA_SPECS'.replace('_', ' '))
        page.keyboard.press('Enter')
        self.assertEqual(0, self.count(page))
        page.locator('#text').fill('SCHEDULER.SELECT_destinations.start')
        page.keyboard.press('Enter')
        self.assertEqual(74, self.count(page))

    def test_field_search(self) -> None:
        """A field of the payload is found by its path and a glob."""
        page = self.open(self.page_path)
        page.locator('#where').fill('payload.host=comp*')
        page.keyboard.press('Enter')
        self.settle(page)
        self.assertEqual(['payload.host=comp*'], self.state(page)['where'])
        self.assertIn(self.count(page), range(50, 1000))

    def test_time(self) -> None:
        """Dragging over a part of the timeline selects its notifications."""
        page = self.open(self.page_path)
        box = page.locator('#plot .u-over').bounding_box()
        assert box is not None
        middle = box['y'] + box['height'] / 2
        page.mouse.move(box['x'] + box['width'] * 0.25, middle)
        page.mouse.down()
        page.mouse.move(box['x'] + box['width'] * 0.5, middle, steps=4)
        page.mouse.up()
        page.wait_for_function("location.hash.includes('from=')")
        part = self.count(page)
        self.assertIn(part, range(100, 700))
        found = self.state(page)
        self.assertLess(int(found['from'][0]), int(found['to'][0]))
        page.get_by_role('button', name='Zoom out').click()
        self.assertGreater(self.count(page), part)
        page.get_by_role('button', name='Whole period').click()
        self.assertEqual(1228, self.count(page))

    def test_link(self) -> None:
        """A link shows what its sender saw."""
        first = self.open(self.page_path)
        first.locator('#group').select_option('test_id')
        first.get_by_role('button', name='Event type').click()
        first.locator('[data-name="priority ERROR"]').check()
        self.settle(first)
        first.locator('#grid').focus()
        first.keyboard.press('ArrowDown')
        first.keyboard.press('Enter')
        self.settle(first)
        second = self.open(self.page_path, first.url.partition('#')[2])
        self.assertEqual(self.rows(first), self.rows(second))
        for name in ('#inspector', '#chips', '#status', '#group'):
            self.assertEqual(
                first.locator(name).inner_text(),
                second.locator(name).inner_text(),
            )

    def test_damaged_link(self) -> None:
        """Unknown parts of a link are ignored."""
        page = self.open(
            self.page_path,
            'show=99999&mark=-1&sort=x&group=__proto__&from=x&where=a&y=1',
        )
        self.assertEqual(1228, self.count(page))
        self.assertFalse(page.locator('#inspector').is_visible())

    def test_groups(self) -> None:
        """Notifications of a test stand together, and fold."""
        page = self.open(self.page_path, {'group': 'test_id'})
        first = self.rows(page)[0][0]
        self.assertTrue(first.startswith('▾ nova.tests.functional.'), first)
        page.locator('#sizer .row.header').first.click()
        self.settle(page)
        self.assertTrue(self.rows(page)[0][0].startswith('▸'))
        self.assertTrue(self.rows(page)[1][0].startswith('▾'))
        self.assertIn('folded', self.state(page))

    def test_sort(self) -> None:
        """A title sorts, and sorts the other way when pressed again."""
        page = self.open(self.page_path)
        title = page.get_by_role('button', name='Publisher')
        for way, expected in (
            ('ascending', sorted),
            ('descending', lambda names: sorted(names, reverse=True)),
        ):
            title.click()
            self.settle(page)
            names = [row[4] for row in self.rows(page)]
            self.assertEqual(expected(names), names)
            header = page.locator('[data-field=publisher_id]')
            self.assertEqual(way, header.get_attribute('aria-sort'))

    def test_inspector(self) -> None:
        """Nested versioned objects unfold, each with its version."""
        page = self.open(self.server, {'event_type': 'instance.create.end'})
        page.locator('#sizer .row').first.click()
        self.settle(page)
        inspector = page.locator('#inspector')
        self.assertIn('InstanceCreatePayload', inspector.inner_text())
        flavor = inspector.locator('details', has_text='FlavorPayload').last
        self.unfold(flavor.locator('summary').first)
        self.assertIn('vcpus', flavor.inner_text())

    def test_filter_by_value(self) -> None:
        """A value of the inspector becomes a filter."""
        page = self.open(self.server, {'event_type': 'instance.create.end'})
        page.locator('#sizer .row').first.click()
        self.settle(page)
        page.get_by_role('button', name='Clear all filters').click()
        page.get_by_role('button', name='Filter by uuid').first.click()
        self.settle(page)
        where = self.state(page)['where'][0]
        self.assertRegex(where, r'^payload\.uuid=[0-9a-f-]{36}$')
        self.assertIn(self.count(page), range(2, 17))

    def test_comparison(self) -> None:
        """The differences of two notifications are named by their path."""
        page = self.open(self.server)
        grid = page.locator('#grid')
        grid.focus()
        page.keyboard.press('c')
        page.keyboard.press('ArrowDown')
        page.keyboard.press('Enter')
        self.settle(page)
        table = page.locator('#comparison')
        text = table.inner_text()
        for part in (
            'message_id',
            'event_type',
            'scheduler.select_destinations.start',
            'scheduler.select_destinations.end',
        ):
            self.assertIn(part, text)
        # What is equal is not there.
        self.assertNotIn('payload.num_instances', text)
        self.assertNotIn('publisher_id', text)

    def test_finding(self) -> None:
        """A finding has its explanation, and leads to its notifications."""
        page = self.open(self.page_path)
        finding = page.locator('.finding')
        self.unfold(finding.locator('summary'))
        text = finding.inner_text()
        for part in ('C204', 'Always send the field', 'A consumer that reads'):
            self.assertIn(part, text)
        finding.get_by_role('button').click()
        self.settle(page)
        self.assertEqual(
            ['nova:ImageMetaPropsPayload 1.20'], self.state(page)['carries']
        )
        self.assertIn(self.count(page), range(1, 1228))

    def test_keys(self) -> None:
        """Everything in the table works without a mouse."""
        page = self.open(self.page_path)
        page.locator('#grid').focus()
        for key, expected in (
            ('ArrowDown', 1),
            ('End', 1227),
            ('ArrowDown', 1227),
            ('ArrowUp', 1226),
            ('Home', 0),
            ('ArrowUp', 0),
        ):
            page.keyboard.press(key)
            active = page.locator('#grid').get_attribute(
                'aria-activedescendant'
            )
            self.assertEqual(f'row-{expected}', active)
            self.assertTrue(page.locator(f'#{active}').is_visible())
        page.keyboard.press('PageDown')
        page.keyboard.press('Enter')
        self.settle(page)
        self.assertTrue(page.locator('#inspector').is_visible())
        page.keyboard.press('Escape')
        self.settle(page)
        self.assertFalse(page.locator('#inspector').is_visible())
        focused = page.evaluate('document.activeElement.id')
        self.assertEqual('grid', focused)

    def test_tab_order(self) -> None:
        """The tabulator key reaches each part of the page."""
        page = self.open(self.page_path)
        seen: list[str] = []
        while len(seen) < 60 and 'Skip the filters' not in seen:
            page.keyboard.press('Tab')
            seen.append(
                page.evaluate(
                    'document.activeElement.id'
                    ' || document.activeElement.textContent'
                )
            )
        for name in ('zoom-in', 'text', 'where', 'group', 'clear'):
            self.assertIn(name, seen)
        # Skip the filters, which have many elements.
        page.keyboard.press('Enter')
        page.wait_for_function("document.activeElement.id === 'grid'")
        self.assertEqual(1228, self.count(page))

    def test_roles(self) -> None:
        """A screen reader finds parts, rows and their numbers."""
        page = self.open(self.page_path)
        for found in (
            page.get_by_role('grid', name='Notifications'),
            page.get_by_role('search'),
            page.get_by_role('region', name='Timeline'),
            page.get_by_role('status'),
            page.get_by_role('searchbox', name='Search'),
        ):
            self.assertEqual(1, found.count(), str(found))
        grid = page.get_by_role('grid')
        self.assertEqual('1229', grid.get_attribute('aria-rowcount'))
        self.assertEqual(7, grid.get_by_role('columnheader').count())

    def test_narrow_window(self) -> None:
        """On a phone nothing is wider than the window."""
        page = self.open(
            self.page_path, {'show': 3, 'mark': 10}, viewport=base.NARROW
        )
        width = page.evaluate('document.documentElement.scrollWidth')
        self.assertLessEqual(width, base.NARROW['width'])
        self.assertTrue(page.locator('#comparison table').is_visible())

    def test_dark(self) -> None:
        """The page follows the color scheme of the reader."""
        colors = {
            self.open(self.server, dark=dark).evaluate(
                'getComputedStyle(document.documentElement).backgroundColor'
            )
            for dark in (False, True)
        }
        self.assertEqual({'rgb(255, 255, 255)', 'rgb(20, 23, 27)'}, colors)

    def test_print(self) -> None:
        """On paper there is a plain table in place of the one that scrolls."""
        page = self.open(self.page_path, {'event_type': 'service.create'})
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media='print')
        self.assertEqual(144, page.locator('#printed tbody tr').count())
        self.assertTrue(page.locator('#printed').is_visible())
        self.assertFalse(page.locator('#grid').is_visible())

    def test_without_scripts(self) -> None:
        """Without JavaScript the summary can be read."""
        context = self.browser.new_context(java_script_enabled=False)
        self.addCleanup(context.close)
        page = context.new_page()
        page.goto(self.page_path.as_uri())
        text = page.locator('body').inner_text()
        self.assertIn('Without JavaScript', text)
        self.assertIn('No notification was lost', text)
        self.assertIn('C204', text)
