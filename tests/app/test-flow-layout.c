/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-flow-layout.h"

static GtkWidget *
part_new (int width, gboolean expands)
{
  GtkWidget *part = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_size_request (part, width, 20);
  gtk_widget_set_hexpand (part, expands);
  return part;
}

static GtkWidget *
box_new (GtkWidget *first, ...)
{
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0));
  va_list parts;

  gtk_widget_set_layout_manager (box, cr_flow_layout_new (10));
  va_start (parts, first);
  for (GtkWidget *part = first; part != NULL; part = va_arg (parts, GtkWidget *))
    gtk_box_append (GTK_BOX (box), part);
  va_end (parts);
  return box;
}

static graphene_rect_t
place_of (GtkWidget *part, GtkWidget *box)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (part, box, &bounds));
  return bounds;
}

static void
allocate (GtkWidget *box, int width)
{
  int min, nat;

  gtk_widget_measure (box, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat, NULL, NULL);
  g_assert_cmpint (min, <=, width);
  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, width, &min, &nat, NULL, NULL);
  gtk_widget_size_allocate (box, &(GtkAllocation){ 0, 0, width, nat }, -1);
}

/* Beside each other where there is room, the words with what is left; below where there is none, at
 * the end of their line. */
static void
test_lines (void)
{
  GtkWidget *words = part_new (120, TRUE), *one = part_new (80, FALSE), *two = part_new (90, FALSE);
  GtkWidget *box = box_new (words, one, two, NULL);
  int min, nat;

  gtk_widget_measure (box, GTK_ORIENTATION_HORIZONTAL, -1, &min, &nat, NULL, NULL);
  g_assert_cmpint (min, ==, 120);
  g_assert_cmpint (nat, ==, 310);

  allocate (box, 400);
  g_assert_cmpint ((int) place_of (words, box).size.width, ==, 210);
  g_assert_cmpint ((int) place_of (two, box).origin.x, ==, 310);
  g_assert_cmpint ((int) place_of (two, box).origin.y, ==, 0);

  allocate (box, 250);
  g_assert_cmpint ((int) place_of (one, box).origin.y, ==, 0);
  g_assert_cmpint ((int) place_of (two, box).origin.y, ==, 26);
  g_assert_cmpint ((int) place_of (two, box).origin.x, ==, 160);

  allocate (box, 120);
  g_assert_cmpint ((int) place_of (one, box).origin.y, ==, 26);
  g_assert_cmpint ((int) place_of (two, box).origin.y, ==, 52);
  g_object_unref (box);
}

/* Buttons alone go on where a line begins. */
static void
test_buttons (void)
{
  GtkWidget *one = part_new (80, FALSE), *two = part_new (90, FALSE), *three = part_new (60, FALSE);
  GtkWidget *box = box_new (one, two, three, NULL);

  allocate (box, 200);
  g_assert_cmpint ((int) place_of (two, box).origin.x, ==, 90);
  g_assert_cmpint ((int) place_of (three, box).origin.y, ==, 26);
  g_assert_cmpint ((int) place_of (three, box).origin.x, ==, 0);
  g_object_unref (box);
}

/* The button of a menu does not stand alone in the last line; with all the room it changes nothing.
 */
static void
test_menu (void)
{
  GtkWidget *one = part_new (80, FALSE), *two = part_new (90, FALSE);
  GtkWidget *icon = gtk_button_new_from_icon_name ("contact-new-symbolic");
  GtkWidget *menu = gtk_menu_button_new ();
  GtkWidget *box = box_new (one, two, icon, menu, NULL);

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (menu), "view-more-symbolic");
  gtk_widget_set_size_request (icon, 40, 20);
  gtk_widget_set_size_request (menu, 40, 20);
  allocate (box, 290);
  g_assert_cmpint ((int) place_of (menu, box).origin.y, ==, 0);
  allocate (box, 250);
  g_assert_cmpint ((int) place_of (two, box).origin.y, ==, 0);
  g_assert_cmpint ((int) place_of (icon, box).origin.y, >, 0);
  g_assert_cmpint ((int) place_of (icon, box).origin.y, ==, (int) place_of (menu, box).origin.y);
  g_assert_cmpint ((int) place_of (menu, box).origin.x, ==, 50);
  g_object_unref (box);
}

/* Words that wrap are not squeezed: the button goes below while they still could be narrower. */
static void
test_words (void)
{
  GtkWidget *label = gtk_label_new ("The portal did not answer since yesterday, it is asked again");
  GtkWidget *button = part_new (100, FALSE);
  GtkWidget *box = box_new (label, button, NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  allocate (box, 280);
  g_assert_cmpint ((int) place_of (button, box).origin.y, ==, 0);
  allocate (box, 240);
  g_assert_cmpint ((int) place_of (button, box).origin.y, >, 0);
  g_object_unref (box);
}

/* A picture stands by its words however narrow it gets; from the right where that is where one
 * reads from. */
static void
test_picture (void)
{
  GtkWidget *image = gtk_image_new_from_icon_name ("changes-prevent-symbolic");
  GtkWidget *words = part_new (100, TRUE), *button = part_new (100, FALSE);
  GtkWidget *box = box_new (image, words, button, NULL);

  allocate (box, 140);
  g_assert_cmpint ((int) place_of (words, box).origin.y, ==, 0);
  g_assert_cmpint ((int) place_of (button, box).origin.y, >, 0);
  gtk_widget_set_direction (box, GTK_TEXT_DIR_RTL);
  allocate (box, 140);
  g_assert_cmpint ((int) place_of (image, box).origin.x, >, (int) place_of (words, box).origin.x);
  g_object_unref (box);
}

/* What takes hardly any room ends the line of the words, whose comfort counts less. */
static void
test_small (void)
{
  GtkWidget *menu = gtk_menu_button_new ();
  GtkWidget *words =
      gtk_label_new ("A name of somebody that goes on in a second line, and a third");
  GtkWidget *box;
  int width;

  gtk_label_set_wrap (GTK_LABEL (words), TRUE);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (menu), "view-more-symbolic");
  gtk_widget_set_valign (menu, GTK_ALIGN_CENTER);
  box = box_new (words, menu, NULL);
  gtk_widget_measure (menu, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  allocate (box, 130 + width);
  g_assert_cmpint ((int) place_of (menu, box).origin.x, >=, 130);
  g_assert_cmpint ((int) place_of (words, box).size.width, <=, 130);
  g_object_unref (box);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/flow-layout/lines", test_lines);
  g_test_add_func ("/app/flow-layout/buttons", test_buttons);
  g_test_add_func ("/app/flow-layout/menu", test_menu);
  g_test_add_func ("/app/flow-layout/words", test_words);
  g_test_add_func ("/app/flow-layout/picture", test_picture);
  g_test_add_func ("/app/flow-layout/small", test_small);
  return g_test_run ();
}
