from django.urls import path

from chophien.web.studio import camera, drops, papers, planning, run_of_show, views

urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("studio/<int:show_id>/", views.show_desk, name="show_desk"),
    path("studio/<int:show_id>/live/", camera.camera, name="camera"),
    path("studio/<int:show_id>/live/ticket/", camera.camera_ticket, name="camera_ticket"),
    path("studio/<int:show_id>/pin/", views.pin, name="pin"),
    path("studio/<int:show_id>/goods/add/", run_of_show.add, name="add_to_run"),
    path("studio/<int:show_id>/goods/out/", run_of_show.take_out, name="take_out_of_run"),
    path("studio/<int:show_id>/goods/move/", run_of_show.move, name="move_in_run"),
    path("studio/<int:show_id>/goods/plan/", run_of_show.plan, name="plan_segment"),
    path("studio/<int:show_id>/cues/", run_of_show.cues, name="show_cues"),
    path("studio/<int:show_id>/cues/send/", run_of_show.cue, name="send_cue"),
    path("studio/<int:show_id>/cues/<int:cue_id>/", run_of_show.seen, name="see_cue"),
    path("studio/<int:show_id>/warn/", run_of_show.warn, name="warn_viewers"),
    path("studio/<int:show_id>/figures/", views.figures, name="show_figures"),
    path("studio/<int:show_id>/edit/", planning.edit, name="edit_own_show"),
    path("studio/<int:show_id>/cancel/", planning.cancel, name="cancel_own_show"),
    path("studio/shows/new/", planning.new, name="plan_own_show"),
    path("studio/papers/", papers.host_papers, name="host_papers"),
    path("studio/hosts/<int:host_id>/identity/", papers.hand_in, name="hand_in_identity"),
    path("studio/hosts/<int:host_id>/rules/", papers.accept, name="accept_rules"),
    path("studio/<int:show_id>/drops/", drops.drop, name="drop_coupon"),
    path("studio/<int:show_id>/drops/<int:drop_id>/end/", drops.end_drop, name="end_drop"),
]
