
# ---- Actions ------------------------------------------------------------------------------------------------------------------

# Runs a plan, or shows it with -WhatIf. A cut-off run of the same kind goes on where it was.
function Invoke-Plan {
    param([string] $Operation, [object] $From, [object] $To, [object[]] $Steps)
    $Text = "$Operation $($Run.Release.product.title) $($To.version)"
    if (-not (Test-Consent $env:COMPUTERNAME $Text)) {
        foreach ($Step in $Steps) { Write-Line "  would $(Format-Step $Step)" }
        return
    }
    $Fresh = -not $Run.Lock
    Enter-Lock
    # On a fresh server the folder with the lock is made just now.
    if ($Fresh -and (Read-Record)) { Stop-Run "another deployment of $($Run.Release.product.title) has just ended" 'look at Status, and run again' 5 }
    Write-Line $Text
    Invoke-Journal (New-Journal $Operation $From $To $Steps)
}

# Goes on with an action that was cut off. Gives whether there was one of this kind.
function Resume-Journal {
    param([string] $Operation)
    $Journal = Read-Journal
    if (-not $Journal) { return $false }
    $Same = $Journal.operation -eq $Operation -and ($Operation -eq 'rollback' -or $Journal.to.version -eq $Run.Release.product.version)
    if (-not $Same) {
        Stop-Run "``$($Journal.operation)`` of version $($Journal.to.version) was cut off" 'finish it with the same action from that version''s folder, or undo it with Rollback'
    }
    if (-not (Test-Consent $env:COMPUTERNAME "resume $Operation")) { return $true }
    if ($Operation -eq 'uninstall' -and $Purge) { foreach ($Step in @($Journal.steps | Where-Object { $_.do -eq 'remove-files' })) { $Step.value = 1 } }
    Write-Line "resuming $Operation of $($Journal.to.version)"
    Invoke-Journal $Journal
    return $true
}

function Get-FirstSlot {
    param([object] $Release)
    if (Test-Slotted $Release) { return 'blue' }
    return ''
}

function Invoke-Install {
    Assert-Artifact
    $Journal = Read-Journal
    if ($Journal -and $Journal.operation -eq 'install' -and (Resume-Journal 'install')) { return }
    if ($Journal) { [void](Resume-Journal 'install') }
    $Record = Read-Record
    $Release = $Run.Release
    $Version = $Release.product.version
    if ($Record -and $Record.current.version -ne $Version) { Stop-Run "version $($Record.current.version) is installed" 'use Upgrade' 2 }
    $Owned = @()
    $Slot = Get-FirstSlot $Release
    $From = $null
    if ($Record) {
        $Owned = @($Record.services)
        $Slot = $Record.current.slot
        $From = $Record.current
    }
    $Run.Kept = @(Get-Kept $Release $Slot)
    Assert-Input @(Get-Instance $Release $Slot)
    if ($Release.mode -ne 'msi') { Assert-Ownership $Release $Owned }
    Write-ChangedByHand $Release $Slot
    Invoke-Plan 'install' $From (New-Place $Version $Slot) @(Get-InstallPlan $Release $Slot)
}

function Invoke-Upgrade {
    Assert-Artifact
    $Release = $Run.Release
    $Version = $Release.product.version
    $Record = Read-Record
    if (-not $Record) { Stop-Run "$($Release.product.title) is not installed" 'use Install' 2 }
    try {
        $Journal = Read-Journal
        if ($Journal) {
            [void](Resume-Journal 'upgrade')
            return
        }
        if ($Record.current.version -eq $Version) {
            Invoke-Install
            return
        }
        if ($Release.mode -ne 'msi') { Assert-Ownership $Release @($Record.services) }
        $Slot = ''
        if (Test-Slotted $Release) { $Slot = if ($Record.current.slot) { Get-OtherSlot $Record.current.slot } else { 'blue' } }
        $Run.Kept = @(Get-Kept $Release $Slot)
        Assert-Input @(Get-Instance $Release $Slot)
        Write-ChangedByHand $Release $Slot
        Invoke-Plan 'upgrade' $Record.current (New-Place $Version $Slot) @(Get-ChangePlan 'upgrade' $Release $Slot $true)
    }
    catch {
        $Journal = Read-Journal
        # A version that is recorded stays: the next Upgrade finishes what is left.
        if (-not $Journal -or (Test-Recorded $Journal) -or $Run.ExitCode -gt 1) { throw }
        Undo-Upgrade "$($_.Exception.Message)"
    }
}

# The way back after a failure: everything as before, a non-zero exit code and an event.
function Undo-Upgrade {
    param([string] $Reason)
    if (-not $Json) { [Console]::Error.WriteLine("error: $Reason") }
    Write-Line 'taking the upgrade back'
    $Run.Reason = $Reason
    $Run.Agreed = $true
    Invoke-Rollback
    Write-Event (Get-Release (Read-Record).current.version) 902 "Upgrade to $($Run.Release.product.version) was taken back: $Reason"
    $Run.ExitCode = 4
}

function Invoke-Rollback {
    $Journal = Read-Journal
    if ($Journal -and $Journal.operation -eq 'rollback') {
        [void](Resume-Journal 'rollback')
        return
    }
    if ($Journal -and $Journal.operation -eq 'uninstall') { Stop-Run 'an Uninstall was cut off' 'finish it with Uninstall' }
    $Record = Read-Record
    if (-not $Record) {
        if (-not $Journal) { Stop-Run "$($Run.Release.product.title) is not installed" '' 2 }
        Invoke-Uninstall
        return
    }
    # A change that was cut off is undone; otherwise the version before comes back.
    if ($Journal -and $Journal.to.version -ne $Record.current.version) {
        $From = $Journal.to
        $To = $Record.current
    }
    else {
        $From = $Record.current
        $To = $Record.previous
        if (-not $To) { Stop-Run "there is no version before $($Record.current.version) to go back to" '' 2 }
    }
    $Release = Get-Release $To.version
    $Run.Kept = @(Get-Kept $Release $To.slot)
    if ($Run.ExitCode -eq 0) { Assert-Input @(Get-Instance $Release $To.slot) }
    Invoke-Plan 'rollback' $From $To @(Get-ChangePlan 'rollback' $Release $To.slot $false)
}

function Invoke-Uninstall {
    $Journal = Read-Journal
    if ($Journal -and $Journal.operation -eq 'uninstall') {
        [void](Resume-Journal 'uninstall')
        return
    }
    $Record = Read-Record
    $Current = $Run.Release
    if ($Record) { $Current = Get-Release $Record.current.version }
    $Place = New-Place $Current.product.version ''
    if (-not $Record -and -not $Journal) {
        # What an Uninstall has left, when it is to go now.
        $Left = @((Expand-DeployPath $Current.locations.data.path), (Expand-DeployPath $Current.locations.program) | Where-Object { Test-Path -LiteralPath $_ })
        if ($Purge -and $Left.Count -gt 0) { Invoke-Plan 'uninstall' $null $Place @(New-Step 'remove-files' $Current.product.version '' '' 1) }
        else {
            Write-Line "$($Run.Release.product.title) is not installed"
            if ($Run.Lock) { Remove-State $Current $false $true }
        }
        return
    }
    # Whatever an action that was cut off may have made goes as well.
    Invoke-Plan 'uninstall' $null $Place @(Get-UninstallPlan $Current (Get-Made))
}

# The instances that serve, or the one named with -Instance.
function Get-Chosen {
    $Record = Read-Record
    if (-not $Record) { Stop-Run "$($Run.Release.product.title) is not installed" 'use Install' 2 }
    $Release = Get-Release $Record.current.version
    $Units = @(Get-Instance $Release $Record.current.slot)
    if (-not $Instance) { return $Units }
    $Chosen = @($Units | Where-Object { $_.Instance.service_name -eq $Instance })
    if ($Chosen.Count -eq 0) { Stop-Run "no instance ``$Instance`` serves" ('one of: ' + (@($Units | ForEach-Object { $_.Instance.service_name }) -join ', ')) 2 }
    return $Chosen
}

function Invoke-Start {
    $Record = Read-Record
    foreach ($Unit in @(Get-Chosen)) {
        if ($Run.Cmdlet.ShouldProcess($Unit.Instance.service_name, 'start')) { Start-Instance $Unit }
    }
    $Release = Get-Release $Record.current.version
    if ((Test-Front $Release) -and -not $WhatIfPreference) { Set-Traffic $Release @(Get-Traffic $Release $Record.current.slot 100 '') }
}

function Invoke-Stop {
    foreach ($Unit in @(Get-Chosen)) {
        $Name = $Unit.Instance.service_name
        if ($Run.Cmdlet.ShouldProcess($Name, 'stop')) { Stop-Instance $Name ($Unit.Service.stop_timeout_ms + 30000) }
    }
}

# Takes one instance out of the traffic and lets running requests end. Start puts it back.
function Invoke-Drain {
    $Record = Read-Record
    $Units = @(Get-Chosen)
    $Release = Get-Release $Record.current.version
    if (-not (Test-Front $Release)) { Stop-Run 'no proxy on this server could take the traffic away' 'take the server out of the balancer in front of it' 2 }
    $Serving = @(Get-Instance $Release $Record.current.slot | Where-Object { $_.Service.name -eq $Units[0].Service.name })
    if (-not $Instance -or $Serving.Count -lt 2) { Stop-Run 'the last instance cannot be drained' 'name one of several with -Instance' 2 }
    if (-not $Run.Cmdlet.ShouldProcess($Instance, 'drain')) { return }
    Set-Traffic $Release @(Get-Traffic $Release $Record.current.slot 100 $Instance)
    Wait-Drained $Release
}

function Invoke-Status {
    $Record = Read-Record
    $Journal = Read-Journal
    if ($Journal) { Add-Finding 'problem' 'journal' "$($Journal.operation) of $($Journal.to.version) was cut off" ".\Deploy.ps1 $($Journal.operation)   or   .\Deploy.ps1 Rollback" }
    if (-not $Record) {
        Add-Finding 'warning' 'version' 'not installed' '.\Deploy.ps1 Install'
        return
    }
    $Place = $Record.current.version
    if ($Record.current.slot) { $Place += " ($($Record.current.slot))" }
    if ($Record.previous) { $Place += ", before: $($Record.previous.version)" }
    Add-Finding 'ok' 'version' $Place
    foreach ($Unit in @(Get-Instance (Get-Release $Record.current.version) $Record.current.slot)) { Test-ServingInstance $Unit }
    Test-Leftover $Record
}

function Test-ServingInstance {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $State = Get-ServiceStatus $Name
    $Healthy = $null
    if ($State -eq 'Running') { $Healthy = Test-Instance $Unit }
    $Ports = @($Unit.Instance.ports | ForEach-Object { "$($_.name) $($_.port)" }) -join ', '
    $Start = Get-StartWord $Name
    if ($State -eq 'Stopped' -and @('manual', 'disabled') -contains $Start) { Add-Finding 'warning' $Name "is stopped; its start type is $Start" "sc.exe config $Name start= auto" }
    elseif ($State -ne 'Running') { Add-Finding 'problem' $Name "is $State" ".\Deploy.ps1 Start" }
    elseif ($Healthy -eq $false) { Add-Finding 'problem' $Name "is running, but not healthy; $Ports" "see $(Expand-DeployPath $Unit.Instance.log.path)" }
    else { Add-Finding 'ok' $Name "is running; $Ports" }
}

# What is on the server and does not belong to the version that serves.
function Test-Leftover {
    param([object] $Record)
    foreach ($Step in @($Record.pending)) { Add-Finding 'warning' 'cleanup' "$(Format-Step $Step) is not done: $($Step.reason)" '.\Deploy.ps1 Install' }
    $Serving = @(Get-ServiceName (Get-Release $Record.current.version) $Record.current.slot)
    $Pending = @($Record.pending | ForEach-Object { $_.name })
    foreach ($Name in @($Record.services | Where-Object { $Serving -notcontains $_ -and $Pending -notcontains $_ })) {
        $State = Get-ServiceStatus $Name
        if ($State -eq 'Absent') { continue }
        if ($State -eq 'Stopped') { Add-Finding 'ok' $Name 'is retired, kept for a rollback' }
        else { Add-Finding 'warning' $Name "is $State, and not part of version $($Record.current.version)" "sc.exe stop $Name" }
    }
}
