#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Sphinx: how the documentation is built."""

project = 'unixnotif'
copyright = 'OpenStack contributors'
author = 'OpenStack contributors'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'sphinx.ext.autodoc',
]

openstackdocs_repo_name = 'openstack/unixnotif'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
openstackdocs_bug_project = 'unixnotif'
openstackdocs_bug_tag = ''

html_theme = 'openstackdocs'
pygments_style = 'native'

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'
