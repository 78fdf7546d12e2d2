
# ---- Actions ------------------------------------------------------------------------------------------------------------------

# Runs a plan, or shows it with -WhatIf. A cut-off run of the same kind goes on where it was.
function Invoke-Plan {
    param([string] $Operation, [object] $From, [object] $To, [object[]] $Steps)
    $Text = "$Operation $($Run.Release.product.title) $($To.version)"
    if (-not (Test-Consent $env:COMPUTERNAME $Text)) {
        foreach ($Step in $Steps) { Write-Line ('  would {0} {1}' -f $Step.do, ((@($Step.name, $Step.version, $Step.slot) | Where-Object { $_ }) -join ' ')) }
        return
    }
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
    Assert-Input @(Get-Instance $Release $Slot)
    if ($Release.mode -ne 'msi') { Assert-Ownership $Release $Owned }
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
        Assert-Input @(Get-Instance $Release $Slot)
        Invoke-Plan 'upgrade' $Record.current (New-Place $Version $Slot) @(Get-ChangePlan $Release $Slot $Record.current.slot $true)
    }
    catch {
        if (-not (Read-Journal) -or $Run.ExitCode -gt 1) { throw }
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
    Write-Event $Run.Release 902 "Upgrade to $($Run.Release.product.version) was taken back: $Reason"
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
    Invoke-Plan 'rollback' $From $To @(Get-ChangePlan $Release $To.slot $From.slot $false)
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
    if (-not $Record -and -not $Journal) {
        Write-Line "$($Run.Release.product.title) is not installed"
        if (-not $WhatIfPreference) { Remove-State $Current $false }
        return
    }
    # Whatever an action that was cut off may have made goes as well.
    $Releases = @($Current)
    if ($Journal) { $Releases += Get-Release $Journal.to.version }
    $Made = New-Record (New-Place $Current.product.version '') $null $Releases
    if ($Record) { foreach ($Kind in 'services', 'firewall', 'events') { $Made.$Kind = @(@($Made.$Kind) + @($Record.$Kind) | Sort-Object -Unique) } }
    Invoke-Plan 'uninstall' $null (New-Place $Current.product.version '') @(Get-UninstallPlan $Current $Made)
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
    foreach ($Unit in @(Get-Instance (Get-Release $Record.current.version) $Record.current.slot)) {
        $Name = $Unit.Instance.service_name
        $State = Get-ServiceStatus $Name
        $Healthy = $null
        if ($State -eq 'Running') { $Healthy = Test-Instance $Unit }
        $Ports = @($Unit.Instance.ports | ForEach-Object { "$($_.name) $($_.port)" }) -join ', '
        if ($State -ne 'Running') { Add-Finding 'problem' $Name "is $State" ".\Deploy.ps1 Start" }
        elseif ($Healthy -eq $false) { Add-Finding 'problem' $Name "is running, but not healthy; $Ports" "see $(Expand-DeployPath $Unit.Instance.log.path)" }
        else { Add-Finding 'ok' $Name "is running; $Ports" }
    }
}
